import { describe, expect, it } from 'vitest';
import { importOf } from './import-of.ts';

describe('an export of a tool is named', () => {
  it.each<[string, string, string]>([
    [
      "Cursor's usage events",
      'cursor-events.csv',
      'Date,Kind,Model,Max Mode,Input (w/ Cache Write),Input (w/o Cache Write),Cache Read,Output Tokens,Total Tokens,Cost\n"2026-03-02T08:15:30.123Z","Included","auto","No","1200","300","20000","450","21950","$0.04"\n',
    ],
    [
      "Cursor's usage events",
      'cursor-events-team.csv',
      'Date,User,Cloud Agent ID,Automation ID,Kind,Model,Max Mode,"Input (w/ Cache Write)",Input (w/o Cache Write),Cache Read,Output Tokens,Total Tokens,Requests\n',
    ],
    [
      "Cursor's usage events",
      'cursor.json',
      '{"usageEvents":[{"timestamp":"1750979225854","userEmail":"ada@example.com"}]}',
    ],
    [
      "GitHub's AI usage report",
      'copilot-ai-usage.csv',
      'date,username,product,sku,model,quantity,unit_type,applied_cost_per_quantity,gross_amount,discount_amount,net_amount,organization,cost_center_name\n2026-03-02,ada,copilot,copilot_premium_request,Claude Sonnet 4,3,requests,0.04,0.12,0.12,0,acme,\n',
    ],
    [
      "GitHub's AI usage report",
      'copilot-quoted.csv',
      '\uFEFF"date","product","sku","quantity","unit_type","username"\r\n',
    ],
    [
      "GitHub's AI usage report",
      'premium.csv',
      'Timestamp,User,Model,Requests Used,Exceeds Monthly Quota,Total Monthly Quota\n',
    ],
    [
      "GitHub's billing report",
      'billing.csv',
      'date,product,sku,quantity,unit_type,applied_cost_per_quantity,gross_amount\n',
    ],
    [
      "GitHub's list of Copilot seats",
      'seats.csv',
      'Report Time,Login,Last Authenticated At,Last Activity At,Last Surface Used\n',
    ],
    [
      "GitHub's Copilot usage metrics",
      'copilot-users.ndjson',
      '{"day":"2026-03-02","user_id":1,"user_login":"ada","user_initiated_interaction_count":3}\n{"day":"2026-03-02","user_id":2,"user_login":"bob"}\n',
    ],
    [
      'an export of the Claude Console',
      'claude-code.csv',
      'User,Spend this Month (USD),Lines this Month\nada@example.com,$135.85,"35,497"\n',
    ],
    [
      'an export of the Claude Console',
      'console-usage.csv',
      'usage_date_utc,model_version,api_key,workspace,usage_type,context_window,usage_input_tokens_no_cache\n',
    ],
    [
      'an export of the Claude Console',
      'console-cost.csv',
      'usage_date_utc,model,workspace,api_key,usage_type,context_window,token_type,cost_usd\n',
    ],
    [
      'an export of the Claude Console',
      'analytics.json',
      JSON.stringify(
        { data: [{ actor: { type: 'user_actor' }, core_metrics: { num_sessions: 1 } }] },
        null,
        2,
      ),
    ],
    [
      "ccusage's report",
      'ccusage.json',
      JSON.stringify(
        {
          daily: [{ period: '2026-03-02', inputTokens: 1, outputTokens: 2, totalCost: 0.1 }],
          totals: {},
        },
        null,
        2,
      ),
    ],
    [
      "ccusage's report",
      'ccusage-list.json',
      JSON.stringify([{ date: '2026-03-02', inputTokens: 1, outputTokens: 2, costUSD: 0.1 }]),
    ],
  ])('%s: %s', async (what, name, content) => {
    for (const form of [content, Buffer.from(`\uFEFF${content}`, 'utf16le')]) {
      const { facts, said } = await importOf(name, form);
      expect(facts).toEqual([]);
      expect(said).toEqual([expect.stringContaining(what)]);
      expect(said[0]).toMatch(/^(?:Line 1 has the columns|\S+ has the keys) of [^\n]+[^.]\.$/);
    }
  });
});
