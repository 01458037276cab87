import { z } from 'zod';
import { duration, Id, money, probability } from './quantity.ts';

/** A plan that customers are on or can move to. */
export const Plan = z
  .strictObject({
    monthlyPrice: money('the list price of a month'),
    limits: z.record(z.string().min(1), z.number().min(0)).default({}).meta({
      description:
        'a map of limits by name, such as { reports: 10 }; what is not there is unlimited',
    }),
  })
  .meta({ description: 'a plan: { monthlyPrice, limits }' });

/** The chance of buying, asked and not asked. */
export const Priors = z
  .strictObject({
    prompt: probability('the chance of buying within attributionDays when asked'),
    hold: probability('the chance of buying within attributionDays when not asked'),
  })
  .meta({
    description: 'the chances of buying: { prompt, hold }, such as { prompt: 0.11, hold: 0.05 }',
  });

function copyPart(what: string, max: number) {
  return z
    .string()
    .min(1)
    .max(max)
    .meta({ description: `${what}, in Liquid, at most ${max} characters` });
}

/** The words of an offer. */
export const Copy = z
  .strictObject({
    headline: copyPart('the headline', 200),
    body: copyPart('one or two sentences that name the moment and the gain', 1_000),
    cta_label: copyPart('the words on the button', 60),
    cta_url: copyPart(
      'the address that the button opens, beginning with https:// (values in it are encoded)',
      1_000,
    ),
  })
  .meta({
    description: 'the words of the prompt: { headline, body, cta_label, cta_url }',
  });

/** The words of the e-mail that follows a prompt, or stands alone. */
export const EmailCopy = z
  .strictObject({
    subject: copyPart('the subject line', 150),
    headline: copyPart('the headline', 200),
    body: copyPart(
      'some sentences that name the moment, which {{ when }} tells (yesterday, on Friday)',
      4_000,
    ),
    cta_label: copyPart('the words on the button', 60),
  })
  .meta({ description: 'the words of the e-mail: { subject, headline, body, cta_label }' });

/** Something to sell, or to teach. */
export const Offer = z
  .strictObject({
    plan: z.string().min(1).optional().meta({ description: 'the plan to move to, one of plans' }),
    addon: z
      .strictObject({
        monthlyPrice: money('the price of a month of the add-on'),
      })
      .optional()
      .meta({
        description: 'an add-on to buy, { monthlyPrice }, instead of a plan',
      }),
    teaches: Id.optional().meta({
      description:
        'the topic of a lesson instead of something to buy; it comes first when prices were dismissed',
    }),
    adoptedBy: Id.optional().meta({
      description:
        'of a lesson: the signal whose events show that the account uses what it teaches; without it nothing is learned of the lesson',
    }),
    priors: Priors.optional(),
    surface: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,99}$/u)
      .default('upsell-offer-ready')
      .meta({
        description:
          'the name of the Intercom event that shows it: lower-case letters, digits and -',
      }),
    form: z.enum(['event', 'banner', 'message']).default('event').meta({
      description:
        'event, banner or message: how Intercom shows it (message is a chat message of a teammate)',
    }),
    delivery: z.enum(['in_app', 'in_app_then_email', 'email_alone']).optional().meta({
      description: 'in_app, in_app_then_email (the default where there is an email) or email_alone',
    }),
    copy: Copy,
    email: EmailCopy.optional(),
    softer: Id.optional().meta({
      description: 'the offer that is made in its place once a person dismissed it',
    }),
    education: Id.optional().meta({
      description: 'the offer with teaches that comes first once prices were dismissed',
    }),
    budget: z
      .strictObject({
        max: z
          .int()
          .min(1)
          .max(1_000_000)
          .meta({ description: 'a whole number of prompts from 1' }),
        within: duration('the time in which they are counted'),
      })
      .optional()
      .meta({ description: 'the most prompts of it over all accounts: { max, within }' }),
    askAdmin: Copy.optional().meta({
      description:
        'the words for a user who cannot buy, where no buyer of the account is known: { headline, body, cta_label, cta_url }; without them such a user is not asked',
    }),
  })
  .meta({ description: 'an offer: { plan }, { addon } or { teaches }, with copy' });

/** All offers, by id. */
export const Offers = z
  .record(Id, Offer)
  .meta({ description: 'a map of the offers by their names' });
