export type RepositoryName = 'fleet-api' | 'operator-web' | 'field-app' | 'infrastructure';

/** What is written in a repository, and how much of it. */
export interface RepositoryPlan {
  readonly name: RepositoryName;
  readonly databaseId: number;
  readonly description: string;
  readonly language: string;
  readonly isPrivate: boolean;
  /** Share of its chances for a pull request that are taken; four chances a working day. */
  readonly pace: number;
  /** Folders with what lies in them: `services/*.ts` takes a topic for the star. */
  readonly sources: readonly string[];
  readonly tests: readonly string[];
  readonly lockFile: string;
  readonly topics: readonly string[];
  readonly dependencies: readonly string[];
}

export const REPOSITORIES: readonly RepositoryPlan[] = [
  {
    name: 'fleet-api',
    databaseId: 702_118_401,
    description: 'Missions, telemetry and permissions for every robot in the field',
    language: 'TypeScript',
    isPrivate: false,
    pace: 0.85,
    sources: [
      'src/services/*.ts',
      'src/routes/*.ts',
      'src/models/*.ts',
      'db/migrations/*.sql',
      'src/middleware/*.ts',
      'docs/*.md',
    ],
    tests: ['test/services/*.test.ts', 'test/routes/*.test.ts'],
    lockFile: 'package-lock.json',
    topics: [
      'mission queue',
      'telemetry ingest',
      'battery forecast',
      'access tokens',
      'webhook delivery',
      'geofence',
      'firmware rollout',
      'audit log',
      'rate limits',
      'joint calibration',
    ],
    dependencies: ['fastify', 'pg', 'zod', 'undici', 'typescript', 'vitest', 'pino'],
  },
  {
    name: 'operator-web',
    databaseId: 702_118_455,
    description: 'The console that operators watch and steer robots with',
    language: 'TypeScript',
    isPrivate: false,
    pace: 0.75,
    sources: [
      'src/components/*.tsx',
      'src/pages/*.tsx',
      'src/hooks/*.ts',
      'src/styles/*.css',
      'public/locales/*.json',
    ],
    tests: ['src/components/*.test.tsx', 'e2e/*.spec.ts'],
    lockFile: 'package-lock.json',
    topics: [
      'mission map',
      'camera grid',
      'alert inbox',
      'shift handover',
      'keyboard shortcuts',
      'dark mode',
      'Übersetzungen',
      'joystick overlay',
      'robot list',
      'login page',
    ],
    dependencies: ['react', 'vite', 'tailwindcss', 'maplibre-gl', 'playwright', 'eslint'],
  },
  {
    name: 'field-app',
    databaseId: 702_119_012,
    description: 'Android app for technicians on site',
    language: 'Kotlin',
    isPrivate: true,
    pace: 0.55,
    sources: [
      'app/src/main/kotlin/com/acme/field/*.kt',
      'app/src/main/kotlin/com/acme/field/sync/*.kt',
      'app/src/main/res/values/*.xml',
    ],
    tests: ['app/src/test/kotlin/com/acme/field/*Test.kt'],
    lockFile: 'gradle/libs.versions.toml',
    topics: [
      'offline sync',
      'barcode scanner',
      'inspection checklist',
      'photo upload',
      'Bluetooth pairing',
      'crash reporting',
      '日本語 locale',
      'tablet layout',
    ],
    dependencies: ['kotlinx-coroutines', 'okhttp', 'room', 'compose-bom', 'agp'],
  },
  {
    name: 'infrastructure',
    databaseId: 702_120_777,
    description: 'Clusters, networks and pipelines as code',
    language: 'HCL',
    isPrivate: true,
    pace: 0.4,
    sources: [
      'modules/*/main.tf',
      'modules/*/variables.tf',
      'clusters/production/*.yaml',
      '.github/workflows/*.yml',
      'scripts/*.sh',
    ],
    tests: ['tests/*_test.go'],
    lockFile: '.terraform.lock.hcl',
    topics: [
      'staging cluster',
      'backup retention',
      'runner pool',
      'alert routing',
      'edge gateway',
      'secret rotation',
      'network policy',
      'cost report',
    ],
    dependencies: ['hashicorp/aws', 'actions/checkout', 'cert-manager', 'grafana'],
  },
];
