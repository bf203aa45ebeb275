/** A piece of a `Fn::Sub` text. */
export type SubPart = { kind: 'text'; text: string } | { kind: 'variable'; name: string; attribute?: string };

/**
 * Cuts a `Fn::Sub` text at its `${…}`. `${!Literal}` is text: it stands for `${Literal}`.
 *
 * @example subPlaceholders('a-${Role.Arn}') // text 'a-', variable Role with attribute Arn
 */
export function subPlaceholders(template: string): SubPart[] {
  const parts: SubPart[] = [];
  let from = 0;
  for (const found of template.matchAll(/\$\{([^}]*)\}/g)) {
    parts.push({ kind: 'text', text: template.slice(from, found.index) }, placeholder(found[1] ?? ''));
    from = found.index + found[0].length;
  }
  parts.push({ kind: 'text', text: template.slice(from) });
  return parts;
}

function placeholder(inner: string): SubPart {
  if (inner.startsWith('!')) return { kind: 'text', text: `\${${inner.slice(1)}}` };
  const name = inner.trim();
  const dot = name.indexOf('.');
  return dot < 0
    ? { kind: 'variable', name }
    : { kind: 'variable', name: name.slice(0, dot), attribute: name.slice(dot + 1) };
}
