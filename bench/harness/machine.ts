import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { cpus, loadavg, totalmem } from 'node:os';
import { z } from 'zod';

/** On what the numbers were taken. Without it they mean nothing. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  /** Load average of the last minute before the run. */
  readonly load: number;
  readonly versions: Readonly<Record<string, string>>;
}

/** Looks at this machine and at what is installed. Throws when there is no redis-server. */
export function describeMachine(): Machine {
  const packages = ['fastify', 'bullmq', 'ioredis', 'json-rules-engine'];
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 1024 ** 3),
    load: loadNow(),
    versions: {
      node: process.versions.node,
      redis: redisVersion(),
      ...Object.fromEntries(packages.map((name) => [name, packageVersion(name)])),
    },
  };
}

/** Load average of the last minute, two decimals. */
export function loadNow(): number {
  return Number((loadavg()[0] ?? 0).toFixed(2));
}

function redisVersion(): string {
  return (
    /v=([0-9.]+)/u.exec(execFileSync('redis-server', ['--version'], { encoding: 'utf8' }))?.[1] ??
    'unknown'
  );
}

const Manifest = z.object({
  dependencies: z.record(z.string(), z.string()),
  devDependencies: z.record(z.string(), z.string()),
});

function packageVersion(name: string): string {
  // The manifest names exact versions; not every package lets its own package.json be read.
  const manifest = Manifest.parse(createRequire(import.meta.url)('../../package.json'));
  return manifest.dependencies[name] ?? manifest.devDependencies[name] ?? 'unknown';
}
