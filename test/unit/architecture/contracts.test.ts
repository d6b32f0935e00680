import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';
import * as aiUsage from '../../../src/contracts/ai-usage.ts';
import * as connections from '../../../src/contracts/connections.ts';
import * as memberContracts from '../../../src/contracts/members.ts';
import * as reconcile from '../../../src/contracts/reconcile.ts';
import * as retention from '../../../src/contracts/retention.ts';
import * as rollups from '../../../src/contracts/rollups.ts';
import { SEARCH_ATTRIBUTES } from '../../../src/contracts/search-attributes.ts';
import * as sync from '../../../src/contracts/sync.ts';
import { TASK_QUEUES } from '../../../src/contracts/task-queues.ts';
import * as webhooks from '../../../src/contracts/webhooks.ts';
import * as workflowIds from '../../../src/contracts/workflow-ids.ts';
import * as workflows from '../../../src/workflows/index.ts';
import { findNodes, parseFolder, type ParsedFile } from '../../support/sources/declarations.ts';

/** First words of workflow types, activities, signals and updates. A new verb is a decision, so it is named here. */
const VERBS =
  /^(backfill|sync|roll|open|resolve|close|widen|pause|resume|rebuild|record|send|apply|run|plan|list|drop|delete|ensure|refresh|count|finish|remove|test|read|claim|process|redeliver|reconcile|verify|repair|sweep|rotate|wait)[A-Z]/;

const CAMEL_CASE = /^[a-z]+([A-Z][a-z]+)+$/;

/** Every file of contracts that holds names; the test below sees that none is forgotten. */
const NAMED: Readonly<Record<string, unknown>> = {
  ...sync,
  ...rollups,
  ...aiUsage,
  ...retention,
  ...webhooks,
  ...reconcile,
  ...memberContracts,
  ...connections,
};

let contracts: ParsedFile[];
let activityFiles: ParsedFile[];

beforeAll(async () => {
  contracts = await parseFolder('src/contracts');
  activityFiles = await parseFolder('src/activities');
});

function workflowTypes(): string[] {
  return Object.entries(NAMED)
    .filter(([name]) => name.endsWith('_WORKFLOWS'))
    .flatMap(([, types]) => Object.entries(types as Record<string, string>))
    .map(([key, value]) => {
      expect(value).toBe(key);
      return value;
    });
}

function activityInterfaces(): ts.InterfaceDeclaration[] {
  return contracts
    .flatMap(({ source }) => findNodes(source, ts.isInterfaceDeclaration))
    .filter(({ name }) => name.text.endsWith('Activities'));
}

describe('names that cross the Temporal border', () => {
  it('are all looked at here: no file of contracts declares names beside those that are imported', () => {
    const constants = contracts
      .flatMap(({ source }) => source.statements)
      .filter(ts.isVariableStatement)
      .flatMap(({ declarationList }) => declarationList.declarations)
      .map(({ name }) => name.getText());
    const known = [...Object.keys(NAMED), 'TASK_QUEUES', 'SEARCH_ATTRIBUTES'];
    expect(constants.length).toBeGreaterThanOrEqual(4);
    expect(constants.filter((name) => !known.includes(name))).toEqual([]);
  });

  it('of queues are lower-case words, each its own key', () => {
    expect(Object.keys(TASK_QUEUES).toSorted()).toEqual(['compute', 'llm', 'sync']);
    for (const [key, value] of Object.entries(TASK_QUEUES)) {
      expect(value).toBe(key);
      expect(value).toMatch(/^[a-z]+$/);
    }
  });

  it('of search attributes are PascalCase', () => {
    expect(Object.values(SEARCH_ATTRIBUTES)).toEqual([
      'TeamId',
      'Repository',
      'SyncKind',
      'WaitingFor',
    ]);
    for (const name of Object.values(SEARCH_ATTRIBUTES)) {
      expect(name).toMatch(/^([A-Z][a-z]+)+$/);
    }
  });

  it('of workflow types are a verb and a noun in camelCase', () => {
    const types = workflowTypes();
    expect(types.length).toBeGreaterThanOrEqual(2);
    for (const type of types) {
      expect(type).toMatch(VERBS);
      expect(type).toMatch(CAMEL_CASE);
      expect(type).not.toMatch(/Workflow$/);
    }
  });

  it('of activities are a verb and a noun in camelCase', () => {
    const names = activityInterfaces().flatMap(({ members }) =>
      members.map((member) => member.name?.getText() ?? ''),
    );
    expect(names.length).toBeGreaterThanOrEqual(6);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) {
      expect(name).toMatch(VERBS);
      expect(name).toMatch(CAMEL_CASE);
    }
  });

  it('of signals, queries and updates are held by constants that carry the kind', () => {
    const messages = Object.entries(NAMED).filter(
      // A type of failure is no message; its constant is written as such.
      ([constant, value]) => typeof value === 'string' && constant !== constant.toUpperCase(),
    );
    expect(messages.length).toBeGreaterThanOrEqual(1);
    for (const [constant, value] of messages) {
      const [, name, kind] = /^(\w+?)(Signal|Query|Update)$/.exec(constant) ?? [];
      expect({ constant, value }).toEqual({ constant, value: name });
      // Signals and updates are imperative, queries are nouns.
      expect({ constant, verb: VERBS.test(String(value)) }).toEqual({
        constant,
        verb: kind !== 'Query',
      });
    }
  });

  it('of workflows are ids made of business keys behind a kebab-case word', () => {
    const functions = Object.entries(workflowIds);
    expect(functions.length).toBeGreaterThanOrEqual(2);
    for (const [name, build] of functions) {
      expect(name).toMatch(/WorkflowId$/);
      expect(build('7', '8')).toMatch(/^[a-z]+(-[a-z]+)*:7(:8)?$/);
    }
    const ids = functions.map(([, build]) => build('7', '8'));
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('what crosses the Temporal border', () => {
  it('survives JSON: no Date, bigint, Map, Set or class in contracts', () => {
    for (const { path, source } of contracts) {
      const references = findNodes(source, ts.isTypeReferenceNode).map((node) =>
        node.typeName.getText(),
      );
      const lost = references.filter((name) => /^(Date|Map|Set|BigInt|Buffer)$/.test(name));
      const bigints = findNodes(
        source,
        (node): node is ts.KeywordTypeNode => node.kind === ts.SyntaxKind.BigIntKeyword,
      );
      const classes = findNodes(source, ts.isClassDeclaration);
      expect({ path, lost, bigints: bigints.length, classes: classes.length }).toEqual({
        path,
        lost: [],
        bigints: 0,
        classes: 0,
      });
    }
  });

  it('is one input object and one promised answer for each activity', () => {
    for (const { name, members } of activityInterfaces()) {
      for (const member of members.filter(ts.isMethodSignature)) {
        const title = `${name.text}.${member.name.getText()}`;
        const inputs = member.parameters.map((parameter) => parameter.type?.getText());
        expect({ title, inputs: inputs.length }).toEqual({ title, inputs: 1 });
        expect(inputs[0]).toMatch(/^[A-Z]\w+Input$/);
        expect(member.type?.getText()).toMatch(/^Promise<(\w+Result|void)>$/);
      }
    }
  });

  it('is declared for every workflow that is exported, and exported for every one that is declared', () => {
    expect(Object.keys(workflows).toSorted()).toEqual(workflowTypes().toSorted());
  });

  it('is implemented: each interface of activities has one factory that returns it', () => {
    const factories = activityFiles
      .flatMap(({ source }) => source.statements)
      .filter(ts.isFunctionDeclaration)
      .map((declaration) => `${declaration.name?.text}: ${declaration.type?.getText()}`);
    const interfaces = activityInterfaces().map(({ name }) => name.text);
    expect(interfaces.length).toBeGreaterThanOrEqual(2);
    for (const name of interfaces) {
      expect(factories).toContain(`create${name}: ${name}`);
    }
  });
});
