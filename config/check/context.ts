import { catalogueOf } from '../catalogue.ts';
import { contextSignals } from '../compile/context.ts';
import { entryOf, refers, type CheckContext } from './names.ts';
import { checkProperty } from './signals.ts';

/** Checks what `context` and the sequencing name: signals that exist, each for one thing, and properties that they carry. */
export function checkContext(context: CheckContext): void {
  const { playbook, report } = context;
  const uses = new Map<string, string>();
  for (const { field, signal } of contextSignals(playbook)) {
    const path = ['context', field];
    if (!refers(context, 'signals', signal, path) || field === 'errors') {
      continue;
    }
    const other = uses.get(signal);
    if (other !== undefined) {
      const mend = `Make a signal of its own for ${field}`;
      report.add(path, `${signal} says ${other} already, and a signal says one thing`, mend);
    }
    uses.set(signal, field);
  }
  checkProperties(context);
  const { usage } = playbook.guardrails.sequencing;
  if (usage !== undefined) {
    refers(context, 'signals', usage, ['guardrails', 'sequencing', 'usage']);
  }
}

function checkProperties(context: CheckContext): void {
  const { playbook } = context;
  const catalogue = catalogueOf(playbook);
  const { addonBought, ticketClosed, ticketOpened } = playbook.context;
  const read = [
    ['ticketOpened', ticketOpened?.signal, 'id', ticketOpened?.id],
    ['ticketOpened', ticketOpened?.signal, 'priority', ticketOpened?.priority],
    ['ticketClosed', ticketClosed?.signal, 'id', ticketClosed?.id],
    ['addonBought', addonBought?.signal, 'product', addonBought?.product],
  ] as const;
  for (const [field, signal, part, property] of read) {
    const source = entryOf(playbook.signals, signal ?? '');
    if (source !== undefined && property !== undefined) {
      checkProperty(context, catalogue, source.events, property, ['context', field, part]);
    }
  }
}
