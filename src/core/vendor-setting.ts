import { z } from 'zod';

/*
 * What the settings of every vendor have in common. `variable` is the environment's name for the setting: the sentences
 * begin with it.
 */

/** A key or token as it goes into a header: one word of plain ASCII. */
export const secretWord = (variable: string) =>
  z.string().regex(/^[\x21-\x7e]+$/u, `${variable} must be one word of plain characters.`);

/** Where a vendor's API is. `secret` says what every request carries there: `access token`. */
export const secretAddress = (variable: string, secret: string) =>
  z
    .string()
    .refine(
      isSafeForSecret,
      `${variable} must be an https address, because the ${secret} travels in every request; plain http is only for this machine.`,
    );

const thisMachine = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** Whether a secret may travel to the address: by https, or by http to this machine. False for what is no address. */
export function isSafeForSecret(address: string): boolean {
  const url = URL.parse(address);
  return url?.protocol === 'https:' || (url?.protocol === 'http:' && thisMachine.has(url.hostname));
}
