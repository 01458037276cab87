import { z } from 'zod';

/** An e-mail address, with the name that people see beside it. */
export interface Mailbox {
  readonly email: string;
  readonly name: string | undefined;
}

const address = z.email();

/** Longest text that is looked at: a name of 200 characters and an address of 254 (RFC 5321). */
const lengthMax = 460;

/** Reads `ann@example.com` or `Ann of Acme <ann@example.com>`, with or without quotes around the name; undefined when it is neither. */
export function mailboxOf(text: string): Mailbox | undefined {
  const trimmed = text.trim();
  if (trimmed.length > lengthMax || /[\r\n]/u.test(trimmed)) {
    return undefined;
  }
  const named = /^([^<>]*)<([^<>]+)>$/u.exec(trimmed);
  const email = address.safeParse((named?.[2] ?? trimmed).trim()).data;
  const name = named?.[1]?.trim().replace(/^"(.*)"$/u, '$1');
  return email === undefined ? undefined : { email, name: name === '' ? undefined : name };
}
