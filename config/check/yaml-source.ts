import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type Node,
} from 'yaml';

/** Where something stands in the file, both from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A place in the playbook: keys and list indexes from the root. */
export type Path = readonly (string | number)[];

/** A YAML text that was read. */
export interface YamlSource {
  /** The plain value; undefined where the text is not YAML. */
  readonly value: unknown;
  readonly faults: readonly YamlFault[];
  /** Where the value at the path stands, or its key; for a path that is not there, its nearest parent. */
  locate(path: Path, part: 'key' | 'value'): Position;
}

/** A mistake of the YAML itself. `isFatal`: the value cannot be trusted. */
export interface YamlFault extends Position {
  /** The key that stands twice; `playbook` where no key can be named. */
  readonly field: string;
  readonly message: string;
  readonly mend: string;
  readonly isFatal: boolean;
}

/** Reads YAML 1.2 with the position of everything in it. Never throws. */
export function readYaml(text: string): YamlSource {
  const lines = new LineCounter();
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
  });
  const faults: YamlFault[] = document.errors.map((error) => ({
    ...at(error.pos[0]),
    ...(error.code === 'DUPLICATE_KEY' ? duplicateKey(text, error.pos[0]) : notYaml(error.message)),
  }));
  const fatal = faults.find((fault) => fault.isFatal);
  if (fatal !== undefined) {
    // What follows the first one is told of a text that nobody wrote: one tab gives six complaints.
    faults.splice(0, faults.length, fatal);
  }
  const isTrusted = fatal === undefined;
  const plain = isTrusted ? plainValue(document) : { value: undefined, fault: undefined };
  if (plain.fault !== undefined) {
    faults.push({
      ...at(danglingAlias(document) ?? 0),
      ...notYaml(plain.fault),
    });
  }
  return {
    value: plain.value,
    faults,
    locate: (path, part) => at(offsetOf(document, path, part)),
  };
}

function duplicateKey(text: string, offset: number): Omit<YamlFault, keyof Position> {
  const [key = ''] = /^[^:\n]*/u.exec(text.slice(offset, offset + 80)) ?? [];
  return {
    field: key,
    message: `the key ${key} stands twice in one map, and only one of them could count`,
    mend: 'Remove or rename one of them',
    isFatal: false,
  };
}

function notYaml(message: string): Omit<YamlFault, keyof Position> {
  const [first = ''] = message.split('\n');
  return {
    field: 'playbook',
    message: `is not YAML: ${first.replace(/[.:]$/u, '')}`,
    mend: 'Indent by spaces, write key: value, and put text that holds ": ", "#" or "{{" at its beginning in quotes',
    isFatal: true,
  };
}

function plainValue(document: Document.Parsed): {
  readonly value: unknown;
  readonly fault: string | undefined;
} {
  try {
    const value: unknown = document.toJS();
    return { value, fault: undefined };
  } catch (error) {
    // An alias without its anchor, or a file that multiplies itself by aliases.
    return {
      value: undefined,
      fault: error instanceof Error ? error.message : 'it cannot be resolved',
    };
  }
}

/** Where an alias stands whose anchor does not exist. */
function danglingAlias(document: Document.Parsed): number | undefined {
  let offset: number | undefined;
  visit(document, {
    Alias(_, alias) {
      offset ??= alias.resolve(document) === undefined ? alias.range?.[0] : undefined;
    },
  });
  return offset;
}

function offsetOf(document: Document.Parsed, path: Path, part: 'key' | 'value'): number {
  let key: Node | undefined;
  let value = resolved(document.contents, document);
  let isThere = true;
  for (const step of path) {
    const child = childOf(value, step, document);
    if (child === undefined) {
      isThere = false;
      break;
    }
    key = child.key ?? child.value;
    value = child.value;
  }
  const isEmpty = value === undefined || (isScalar(value) && value.value === null);
  const node = part === 'key' || !isThere || isEmpty ? (key ?? value) : value;
  return node?.range?.[0] ?? 0;
}

function childOf(
  parent: Node | undefined,
  step: string | number,
  document: Document.Parsed,
): { readonly key: Node | undefined; readonly value: Node | undefined } | undefined {
  if (isMap<Node, Node | null>(parent)) {
    const pair = parent.items.find(
      (item) => isScalar(item.key) && String(item.key.value) === String(step),
    );
    return pair === undefined
      ? undefined
      : { key: pair.key, value: resolved(pair.value, document) };
  }
  if (isSeq<Node>(parent) && typeof step === 'number') {
    const item = parent.items[step];
    return item === undefined ? undefined : { key: undefined, value: resolved(item, document) };
  }
  return undefined;
}

function resolved(node: Node | null | undefined, document: Document.Parsed): Node | undefined {
  return isAlias(node) ? (node.resolve(document) ?? undefined) : (node ?? undefined);
}
