import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Processes, not threads: tests start servers, send signals and change the time zone.
    pool: 'forks',
    // A real Redis or a whole hub starts in most files, on a machine that may be busy. Longer tests say so themselves.
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
