import { z } from 'zod';

/** An http or https address; `example` shows how one looks. */
export const httpUrlLike = (example: string) =>
  z.url({
    protocol: /^https?$/u,
    error: `is not an http or https address; give one such as ${example}`,
  });

/** A secret that a vendor's app gives. */
export const clientSecret = (vendor: string) =>
  z
    .string()
    .regex(
      /^[\x21-\x7e]+$/u,
      `must be one word of plain characters; copy the client secret again from the app at ${vendor}`,
    );

/** One of some words. */
export const oneOf = <const Values extends readonly string[]>(values: Values) =>
  z.enum(values, { error: `must be one of ${values.join(', ')}` });

/** A whole number, both ends included. */
export const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/u, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine(
      (value) => value >= min && value <= max,
      `must be a whole number from ${min} to ${max}`,
    );
