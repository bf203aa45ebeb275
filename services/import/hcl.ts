/**
 * The part of HashiCorp's configuration language that AFT's account requests are written in: blocks with labels,
 * attributes with texts, numbers, booleans, lists and objects. Everything that Terraform would compute (references,
 * functions, templates, heredocs, operators) is kept as what it is, an expression, and not computed. No well-kept parser for
 * it is on the registry of Node packages: HashiCorp's own went with CDKTF.
 */
export class Expression {
  constructor(readonly text: string) {}
}

export type HclValue =
  | string
  | number
  | boolean
  | null
  | Expression
  | HclValue[]
  | { [name: string]: HclValue };
export type HclBlock = {
  type: string;
  labels: string[];
  attributes: Record<string, HclValue>;
  blocks: HclBlock[];
  /** Where it begins, and where each attribute and member does: JSON pointer below the block → offset. */
  offset: number;
  places: Map<string, number>;
};

/** The text is none that Terraform would take. `offset` in the text. */
export class BadHcl extends Error {
  override readonly name = 'BadHcl';
  constructor(
    message: string,
    readonly offset: number,
  ) {
    super(message);
  }
}

/** Deeper than anybody writes account requests. */
const MOST_LEVELS = 60;

/** @throws BadHcl */
export function parseHcl(text: string): HclBlock[] {
  return new Parser(text).file();
}

const IDENTIFIER = /[A-Za-z_][\w-]*/y;
const NUMBER = /-?\d+(\.\d+)?([eE][+-]?\d+)?/y;
const BLANK = /[ \t\r]+|#[^\n]*|\/\/[^\n]*|\/\*[\s\S]*?\*\//y;
const ENDS_VALUE = /[\n,}\]]/;

class Parser {
  private at = 0;
  private level = 0;
  constructor(private readonly text: string) {}

  file(): HclBlock[] {
    const blocks: HclBlock[] = [];
    for (;;) {
      this.blank(true);
      if (this.at >= this.text.length) return blocks;
      const offset = this.at;
      const name = this.identifier();
      this.blank(false);
      // An attribute at the top (as in .tfvars) is nothing of an account request.
      if (this.peek() === '=') {
        this.at++;
        this.value('', new Map());
      } else blocks.push(this.block(name, offset));
    }
  }

  private block(type: string, offset: number): HclBlock {
    const labels: string[] = [];
    for (this.blank(false); this.peek() !== '{'; this.blank(false)) {
      const label = this.peek() === '"' ? this.quoted() : this.identifier();
      labels.push(typeof label === 'string' ? label : label.text);
    }
    const block: HclBlock = { type, labels, attributes: {}, blocks: [], offset, places: new Map() };
    this.deeper(() => this.body(block));
    return block;
  }

  private body(block: HclBlock): void {
    this.expect('{');
    for (;;) {
      this.blank(true);
      if (this.peek() === '}') break;
      const offset = this.at;
      const name = this.identifier();
      this.blank(false);
      if (this.peek() === '=') {
        this.at++;
        const pointer = `/${name}`;
        block.places.set(pointer, offset);
        if (Object.hasOwn(block.attributes, name)) throw new BadHcl(`${name} is there twice`, offset);
        block.attributes[name] = this.value(pointer, block.places);
      } else block.blocks.push(this.block(name, offset));
    }
    this.expect('}');
  }

  private value(pointer: string, places: Map<string, number>): HclValue {
    this.blank(false);
    const begin = this.at;
    const simple = this.deeper(() => this.simple(pointer, places));
    const end = this.at;
    this.blank(false);
    if (simple !== undefined && (this.at >= this.text.length || ENDS_VALUE.test(this.peek()))) {
      return simple;
    }
    // More than a value: an operator, an index, a call. It is kept as it is written.
    this.at = simple === undefined ? begin : end;
    return this.expression(begin);
  }

  private simple(pointer: string, places: Map<string, number>): HclValue | undefined {
    const next = this.peek();
    if (next === '"') return this.quoted();
    if (next === '[') return this.list(pointer, places);
    if (next === '{') return this.object(pointer, places);
    const number = this.match(NUMBER);
    if (number !== undefined) return Number(number);
    const word = this.match(IDENTIFIER);
    if (word === 'true' || word === 'false') return word === 'true';
    return word === 'null' ? null : undefined;
  }

  private list(pointer: string, places: Map<string, number>): HclValue | undefined {
    this.expect('[');
    const items: HclValue[] = [];
    for (;;) {
      this.blank(true);
      if (this.peek() === ']') break;
      const at = `${pointer}/${items.length}`;
      places.set(at, this.at);
      items.push(this.value(at, places));
      this.blank(true);
      if (this.peek() === ',') this.at++;
      else if (this.peek() !== ']') throw new BadHcl('a comma or ] is missing', this.at);
    }
    this.expect(']');
    return items;
  }

  private object(pointer: string, places: Map<string, number>): HclValue | undefined {
    this.expect('{');
    const members: Record<string, HclValue> = Object.create(null);
    for (;;) {
      this.blank(true);
      if (this.peek() === '}') break;
      const offset = this.at;
      const name = this.key();
      this.blank(false);
      if (this.peek() !== '=' && this.peek() !== ':') throw new BadHcl(`= is missing after ${name}`, this.at);
      this.at++;
      const at = `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      places.set(at, offset);
      members[name] = this.value(at, places);
      this.blank(true);
      if (this.peek() === ',') this.at++;
    }
    this.expect('}');
    return { ...members };
  }

  private key(): string {
    if (this.peek() === '"') {
      const text = this.quoted();
      return typeof text === 'string' ? text : text.text;
    }
    if (this.peek() === '(') return this.expression(this.at, '=').text;
    const word = this.match(IDENTIFIER) ?? this.match(NUMBER);
    if (word === undefined) throw new BadHcl('the name of a member is missing', this.at);
    return word;
  }

  /** A text; with a template in it, an expression. */
  private quoted(): string | Expression {
    const begin = this.at;
    this.expect('"');
    let text = '';
    let computed = false;
    for (;;) {
      const c = this.text[this.at];
      if (c === undefined || c === '\n') throw new BadHcl('a text has no end', begin);
      if (c === '"') break;
      const two = this.text.slice(this.at, this.at + 3);
      if (two === '$${' || two === '%%{') {
        text += two.slice(1);
        this.at += 3;
      } else if (two.startsWith('${') || two.startsWith('%{')) {
        computed = true;
        this.template();
      } else text += this.character();
    }
    this.at++;
    return computed ? new Expression(this.text.slice(begin, this.at)) : text;
  }

  private character(): string {
    const c = this.text[this.at++] ?? '';
    if (c !== '\\') return c;
    const escaped = this.text[this.at++] ?? '';
    const length = escaped === 'u' ? 4 : escaped === 'U' ? 8 : 0;
    if (length === 0) return { n: '\n', r: '\r', t: '\t' }[escaped] ?? escaped;
    const code = Number.parseInt(this.text.slice(this.at, this.at + length), 16);
    this.at += length;
    if (!(code <= 0x10ffff)) throw new BadHcl('an escape is no character', this.at);
    return String.fromCodePoint(code);
  }

  /** From `${` to its brace; texts in it may hold braces. */
  private template(): void {
    const begin = this.at;
    this.at += 2;
    for (let open = 1; open > 0; ) {
      const c = this.text[this.at];
      if (c === undefined) throw new BadHcl('a template has no end', begin);
      if (c === '"') this.deeper(() => this.quoted());
      else {
        if (c === '{') open++;
        if (c === '}') open--;
        this.at++;
      }
    }
  }

  /** Up to the end of the value: over brackets and texts, and of a heredoc to its marker. */
  private expression(begin: number, stop = ''): Expression {
    for (let open = 0; this.at < this.text.length; ) {
      const c = this.peek();
      const heredoc = /<<-?([A-Za-z_]\w*)[ \t]*\r?\n/y;
      heredoc.lastIndex = this.at;
      const marker = heredoc.exec(this.text);
      if (marker) {
        const end = new RegExp(`^[ \\t]*${marker[1]}[ \\t]*\\r?$`, 'm');
        const found = end.exec(this.text.slice(heredoc.lastIndex));
        if (!found) throw new BadHcl(`the text <<${marker[1]} has no end`, this.at);
        this.at = heredoc.lastIndex + found.index + found[0].length;
        continue;
      }
      if (open === 0 && ((c !== '' && ENDS_VALUE.test(c)) || c === stop)) break;
      if (c === '"') {
        this.deeper(() => this.quoted());
        continue;
      }
      if ('([{'.includes(c)) open++;
      if (')]}'.includes(c)) open--;
      this.at++;
    }
    return new Expression(this.text.slice(begin, this.at).trim());
  }

  private deeper<T>(work: () => T): T {
    if (++this.level > MOST_LEVELS) throw new BadHcl('is nested too deeply', this.at);
    const result = work();
    this.level--;
    return result;
  }

  private blank(lines: boolean): void {
    for (;;) {
      if (lines && this.text[this.at] === '\n') this.at++;
      else if (this.match(BLANK) === undefined) return;
    }
  }

  private identifier(): string {
    const word = this.match(IDENTIFIER);
    if (word === undefined)
      throw new BadHcl(`a name was expected, not ${JSON.stringify(this.peek())}`, this.at);
    return word;
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const [found] = pattern.exec(this.text) ?? [];
    if (found === undefined) return undefined;
    this.at += found.length;
    return found;
  }

  private peek(): string {
    return this.text[this.at] ?? '';
  }

  private expect(c: string): void {
    if (this.peek() !== c) throw new BadHcl(`${c} was expected, not ${JSON.stringify(this.peek())}`, this.at);
    this.at++;
  }
}
