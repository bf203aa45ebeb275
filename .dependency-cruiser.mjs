/** Layer rules. Each carries its reason; `test/support/check.mjs` fails when no modules were seen. */

export default {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'A cycle means that two files are one, or that something is in the wrong place.',
      from: { pathNot: 'spec\\.ts$' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'aws-sdk-only-in-adapters',
      severity: 'error',
      comment: 'The domain runs without AWS; only *.aws.ts knows its SDK.',
      from: {
        path: '^(services|workflows|db)/',
        pathNot: ['\\.aws\\.ts$', 'spec\\.ts$'],
      },
      to: { path: '@aws-sdk/' },
    },
    {
      name: 'slack-sdk-only-in-its-adapter',
      severity: 'error',
      comment: 'One file knows the library of Slack; everything else speaks to the port.',
      from: { path: '^(services|workflows|db)/', pathNot: ['\\.slack\\.ts$', 'spec\\.ts$'] },
      to: { path: '@slack/' },
    },
    {
      name: 'database-only-in-adapters',
      severity: 'error',
      comment: 'SQL lives in *.pg.ts and db/; everything else is testable without a database.',
      from: {
        path: '^(services|workflows|infra)/',
        pathNot: [
          '\\.pg\\.ts$',
          '^services/(start|main)\\.ts$',
          'spec\\.ts$',
          '\\.(routes|task)\\.tsx?$',
          '^services/chat/hooks\\.routes\\.ts$',
        ],
      },
      to: {
        path: ['node_modules/(pg|drizzle-orm|@electric-sql)/', '^db/'],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'pure-rules-do-no-io',
      severity: 'error',
      comment: 'Rules are plain functions: no network, no files, no processes.',
      from: {
        path: `^services/[a-z]+/[a-z-]+\\.ts$`,
        pathNot: ['spec\\.ts$', '^services/cli/', '^services/http/'],
      },
      to: { path: '^(node:)?(fs|fs/promises|net|http|https|child_process|dns|worker_threads)$' },
    },
    {
      name: 'embedded-aws-is-a-double',
      severity: 'error',
      comment: 'The embedded AWS is loaded by the composition root and by tests, never by the product.',
      from: { path: '^(services|workflows|db)/', pathNot: ['^services/start\\.ts$', '(spec|fixture)\\.ts$'] },
      to: { path: '^infra/local/' },
    },
    {
      name: 'dashboard-writes-nothing',
      severity: 'error',
      comment: 'Pages read; what changes something goes through a stage of its own.',
      from: { path: '^services/dashboard/' },
      to: { path: ['^services/(approvals|inbox|outbox|admission)/.*\\.pg\\.ts$', '^db/schema/'] },
    },
    {
      name: 'command-line-speaks-http',
      severity: 'error',
      comment: 'The command line uses the API like anybody else.',
      from: { path: '^services/cli/' },
      to: { path: ['^db/', '\\.(pg|aws)\\.ts$', '^infra/'] },
    },
    {
      name: 'workflows-know-no-service',
      severity: 'error',
      comment: 'Definitions are data; they share only pure rules and schemas with the service.',
      from: { path: '^workflows/', pathNot: 'spec\\.ts$' },
      to: { path: '^services/.*\\.(pg|aws|routes|page|task)\\.tsx?$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    exclude: { path: '(^|/)(dist|coverage|\\.data)/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
