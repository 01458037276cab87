import { readFileSync } from 'node:fs';
import type { Result } from 'ioredis';

/** The Lua scripts by the name of their command; purpose, KEYS and ARGV stand at the top of each file in `lua/`. */
export const scripts = {
  motisigSeen: { lua: sourceOf('seen') },
  motisigCommit: { lua: sourceOf('commit') },
  motisigClaim: { lua: sourceOf('claim'), numberOfKeys: 1 },
  motisigRelease: { lua: sourceOf('release'), numberOfKeys: 1 },
  motisigSettle: { lua: sourceOf('settle'), numberOfKeys: 1 },
  motisigWithdraw: { lua: sourceOf('withdraw'), numberOfKeys: 1 },
  motisigAdmit: { lua: sourceOf('admit'), numberOfKeys: 3 },
  motisigLearn: { lua: sourceOf('learn'), numberOfKeys: 4 },
  motisigUnmapped: { lua: sourceOf('unmapped'), numberOfKeys: 1 },
  motisigCrmTake: { lua: sourceOf('crm-take'), numberOfKeys: 2 },
  motisigCrmFinish: { lua: sourceOf('crm-finish'), numberOfKeys: 4 },
  motisigForgotten: { lua: sourceOf('forgotten'), numberOfKeys: 3 },
  motisigTurn: { lua: sourceOf('turn'), numberOfKeys: 1 },
};

/** A script argument: states are bytes, the rest is text. */
export type ScriptArgument = string | number | Buffer;

/** The arguments of one script call: the keys, all on one node, then the rest. */
export interface ScriptCall {
  readonly keys: readonly string[];
  readonly fields: readonly ScriptArgument[];
}

declare module 'ioredis' {
  interface RedisCommander<Context> {
    motisigSeen(...keysAndArguments: ScriptArgument[]): Result<number[][], Context>;
    motisigCommit(...keysAndArguments: ScriptArgument[]): Result<number[], Context>;
    motisigClaim(key: string, ...fields: ScriptArgument[]): Result<string, Context>;
    motisigRelease(key: string, ...fields: ScriptArgument[]): Result<number, Context>;
    motisigSettle(key: string, ...fields: ScriptArgument[]): Result<number, Context>;
    motisigWithdraw(key: string, ...fields: ScriptArgument[]): Result<number, Context>;
    motisigAdmit(...keysAndArguments: ScriptArgument[]): Result<string[], Context>;
    motisigLearn(...keysAndArguments: ScriptArgument[]): Result<number, Context>;
    motisigUnmapped(key: string, ...fields: ScriptArgument[]): Result<number, Context>;
    motisigCrmTake(
      due: string,
      taken: string,
      nowMs: number,
      leaseUntilMs: number,
      max: number,
    ): Result<string[], Context>;
    motisigCrmFinish(
      due: string,
      taken: string,
      known: string,
      record: string,
      ...fields: ScriptArgument[]
    ): Result<number, Context>;
    motisigForgotten(...keysAndArguments: ScriptArgument[]): Result<number, Context>;
    motisigTurn(key: string, holder: string, lifeMs: number): Result<number, Context>;
  }
}

function sourceOf(name: string): string {
  return readFileSync(new URL(`./lua/${name}.lua`, import.meta.url), 'utf8');
}
