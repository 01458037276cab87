import { configDefaults, defineConfig } from 'vitest/config';

/** Tests of pure code: nothing that one file leaves behind can reach another, so they share their processes. */
const pure = 'test/{config,core,decision-core,replay}/**/*.test.ts';

export default defineConfig({
  test: {
    // Processes, not threads: tests start servers, send signals and change the time zone.
    pool: 'forks',
    // A real Redis or a whole hub starts in most files, on a machine that may be busy. Longer tests say so themselves.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    projects: [
      { extends: true, test: { name: 'pure', include: [pure], isolate: false } },
      {
        extends: true,
        test: {
          name: 'hub',
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, pure],
        },
      },
    ],
  },
});
