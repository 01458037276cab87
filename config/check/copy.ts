import { normalizePath } from '../../src/core/event/name.ts';
import { measurementsOf } from '../combined.ts';
import { evidenceNames, unsureNames } from '../evidence.ts';
import type { OfferSource, PlaybookSource, TriggerSource } from '../schema.ts';
import { compileTemplate } from '../template.ts';
import { entryOf, type CheckContext } from './names.ts';
import { didYouMean, listed } from './nearest.ts';
import { isEmail } from './triggers.ts';
import type { Path } from './yaml-source.ts';

type RaisedBy = readonly (readonly [id: string, trigger: TriggerSource])[];

/** What the triggers of an offer give to its copy, per trigger; `names` without those of users and accounts. */
interface Given {
  readonly trigger: string;
  readonly names: readonly string[];
  /** Those of the names that are not always known. */
  readonly unsure: readonly string[];
}

/** Checks the words of an offer: Liquid that reads only what the triggers of the offer give. */
export function checkCopy(
  context: CheckContext,
  id: string,
  offer: OfferSource,
  raisedBy: RaisedBy,
): void {
  checkWords(context, ['offers', id, 'copy'], offer.copy, offer, raisedBy);
  checkWords(context, ['offers', id, 'askAdmin'], offer.askAdmin ?? {}, offer, raisedBy);
}

/** Checks the words of its e-mail in the same way; the address of its button is that of the prompt. */
export function checkEmailCopy(
  context: CheckContext,
  id: string,
  offer: OfferSource,
  raisedBy: RaisedBy,
): void {
  if (offer.email !== undefined) {
    checkWords(context, ['offers', id, 'email'], offer.email, offer, raisedBy);
  }
}

function checkWords(
  context: CheckContext,
  place: Path,
  words: Readonly<Record<string, string>>,
  offer: OfferSource,
  raisedBy: RaisedBy,
): void {
  const { report } = context;
  const given = givenBy(context, raisedBy);
  for (const [part, source] of Object.entries(words)) {
    const path = [...place, part];
    if (part === 'cta_url' && !/^https?:\/\/[^\s/]/u.test(source)) {
      report.add(path, 'is not an address that a browser can open', 'Begin it with https://');
    }
    const copy = compileTemplate(source, formOf(part));
    if (copy.kind === 'broken') {
      report.add(path, copy.message, copy.mend);
    } else if (given !== undefined) {
      checkReads(context, copy, offer, given, path);
    }
  }
}

/** Addresses encode their values. */
export function formOf(part: string): 'text' | 'url' {
  return part.endsWith('_url') ? 'url' : 'text';
}

/** Undefined where a trigger, or the signal of one, is misshapen or unknown: then nobody can say what it gives. */
function givenBy(
  { playbook, report }: CheckContext,
  raisedBy: RaisedBy,
): readonly Given[] | undefined {
  const isUnsure =
    report.hasLostEntries('triggers') ||
    raisedBy.some(([trigger]) => report.isBroken(['triggers', trigger]));
  if (raisedBy.length === 0 || isUnsure) {
    return undefined;
  }
  const given = raisedBy.flatMap(([trigger, rule]) => {
    const parts = measurementsOf(rule);
    const ids = parts.flatMap(({ signals }) => signals.map((named) => named.signal));
    const isKnown = ids.every(
      (id) => entryOf(playbook.signals, id) !== undefined && !report.isBroken(['signals', id]),
    );
    // What is reached under any, or not, is not sure to have been measured.
    const names = parts
      .filter(({ role }) => role === 'all')
      .flatMap((part) => {
        const signal = entryOf(playbook.signals, part.signals[0]?.signal ?? '');
        return signal === undefined && part.signals.length > 0
          ? []
          : evidenceNames(part.trigger, signal);
      });
    return isKnown && parts.length > 0
      ? [
          {
            trigger,
            names: [...new Set([...names, ...(rule.quotes ?? [])])],
            unsure: parts.flatMap((part) => unsureNames(part.trigger)),
          },
        ]
      : [];
  });
  return given.length === raisedBy.length ? given : undefined;
}

function checkReads(
  { playbook, report }: CheckContext,
  copy: Extract<ReturnType<typeof compileTemplate>, { kind: 'compiled' }>,
  offer: OfferSource,
  given: readonly Given[],
  path: Path,
): void {
  if (copy.reads.some(isEmail)) {
    report.add(path, 'copy never quotes an e-mail address', 'Remove it');
    return;
  }
  const common = commonNames(playbook, offer);
  const all = [...new Set([...given.flatMap(({ names }) => names), ...common])];
  const unknown = copy.reads.filter(
    (read) => !has(all, read) && !(read.includes('.') && report.isBroken(['traits'])),
  );
  for (const read of unknown) {
    report.add(
      path,
      `quotes ${read}, which no trigger of the offer gives`,
      didYouMean(read, all, `Quote one of ${all.join(', ')}`),
    );
  }
  if (unknown.length > 0) {
    return;
  }
  for (const { trigger, names } of given) {
    const rendered = copy.template.render(sample([...names, ...common]));
    if (rendered.kind === 'incomplete') {
      const [missing = 'text'] = rendered.missing;
      const message = `can never be worded when ${trigger} raises the offer, because it does not give ${listed(rendered.missing)}`;
      report.add(
        path,
        message,
        `Write {{ ${missing} | default: "..." }} or {% if ${missing} %}, or make an offer of its own`,
      );
      return;
    }
  }
  warnOfUnsure({ playbook, report }, copy, offer, given, path);
}

/** A trait is never sure to be known: who lacks one that copy reads without a fallback gets no prompt. Nor is a weekday. */
function warnOfUnsure(
  { report }: CheckContext,
  copy: Extract<ReturnType<typeof compileTemplate>, { kind: 'compiled' }>,
  offer: OfferSource,
  given: readonly Given[],
  path: Path,
): void {
  const measured = given.flatMap(({ names, unsure }) =>
    names.filter((name) => !unsure.includes(name)),
  );
  const names = [...measured, ...offerNames(offer), 'account.id'];
  const rendered = copy.template.render(sample(names));
  if (rendered.kind === 'incomplete') {
    const [missing = 'text'] = rendered.missing;
    const mend = `Write {{ ${missing} | default: "..." }} if they should get one`;
    report.warn(path, `whoever has no ${listed(rendered.missing)} gets no prompt`, mend);
  }
}

function commonNames(
  playbook: Pick<PlaybookSource, 'traits' | 'buyers'>,
  offer: OfferSource,
): readonly string[] {
  const whose = playbook.buyers === undefined ? ['user'] : ['user', 'actor'];
  return [
    ...offerNames(offer),
    'account.id',
    ...(playbook.buyers === undefined ? [] : ['actor.id']),
    ...whose.flatMap((who) =>
      ['name', ...playbook.traits.user.filter((name) => !isEmail(name))].map(
        (name) => `${who}.${name}`,
      ),
    ),
    ...playbook.traits.account.filter((name) => !isEmail(name)).map((name) => `account.${name}`),
  ];
}

function offerNames(offer: OfferSource): readonly string[] {
  return [
    'plan.id',
    'plan.price',
    'when',
    'offer.id',
    ...(offer.teaches === undefined ? ['offer.price'] : []),
    ...(offer.plan === undefined ? [] : ['offer.plan']),
  ];
}

function has(names: readonly string[], read: string): boolean {
  return names.some((name) => normalizePath(name) === normalizePath(read));
}

/** A value for every name: what the copy would be given at best. */
function sample(names: readonly string[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(names.map((name) => [name, 1]));
}
