import { isMap, isNode, isScalar, isSeq, LineCounter, type Node, parseAllDocuments } from 'yaml';

/** A request as somebody wrote it, and where. */
export type WrittenRequest = {
  file: string;
  body: Record<string, unknown>;
  /** Where a JSON pointer of the body is written, as `file:line:column`; of what is not there, its nearest parent. */
  at: (pointer: string) => string;
};

/** A file that holds no requests. The message begins with the file's name. */
export class BadFile extends Error {
  override readonly name = 'BadFile';
}

/**
 * One request, a list of requests, or several YAML documents; JSON is YAML too.
 * @param what they are, in the words of an error. @throws BadFile
 */
export function parseRequests(file: string, text: string, what = 'request'): WrittenRequest[] {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false });
  if (!Array.isArray(documents)) throw new BadFile(`${file} holds no ${what}.`);
  const place = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const requests = documents.flatMap((document) => {
    const [error] = document.errors;
    if (error) throw new BadFile(`${place(error.pos[0])}: ${error.message}`);
    const root = document.contents as Node | null;
    // A document of comments alone, as behind a last `---`.
    if (root === null || (isScalar(root) && root.value === null)) return [];
    const nodes = isSeq(root) ? (root.items as Node[]) : [root];
    return nodes.map((node): WrittenRequest => {
      if (!isMap(node))
        throw new BadFile(`${place(node?.range?.[0] ?? 0)}: a ${what} is not an object here.`);
      const plain = (): Record<string, unknown> => {
        try {
          return node.toJS(document) as Record<string, unknown>;
        } catch (cause) {
          throw new BadFile(`${place(node.range?.[0] ?? 0)}: ${(cause as Error).message}`, { cause });
        }
      };
      return {
        file,
        body: plain(),
        at: (pointer) => place(offsetOf(node, pointer)),
      };
    });
  });
  if (requests.length === 0) throw new BadFile(`${file} holds no ${what}.`);
  return requests;
}

/** Follows the pointer as far as it leads: to the key of a member, to an entry of a list. */
function offsetOf(root: Node, pointer: string): number {
  let node: Node = root;
  let offset = root.range?.[0] ?? 0;
  for (const raw of pointer.split('/').slice(1)) {
    const name = raw.replaceAll('~1', '/').replaceAll('~0', '~');
    let next: unknown;
    if (isMap(node)) {
      const pair = node.items.find((item) => isNode(item.key) && String(item.key) === name);
      if (!pair) break;
      offset = (pair.key as Node).range?.[0] ?? offset;
      next = pair.value;
    } else if (isSeq(node)) {
      next = node.items[Number(name)];
      if (isNode(next)) offset = next.range?.[0] ?? offset;
    }
    if (!isNode(next)) break;
    node = next;
  }
  return offset;
}
