/** @jsxImportSource hono/jsx */
import type { Child } from 'hono/jsx';

type Column = string | { title: Child; numeric?: true };

type Props = {
  /** What the rows are; read out before them. */
  caption: string;
  /** Shown as well where the heading above does not say it already. */
  showCaption?: boolean;
  columns: readonly Column[];
  /** On narrow screens each row becomes a block; cells need `data-head`. */
  stack?: boolean;
  class?: string;
  children: Child;
};

/** A table that scrolls by itself when it is wider than the screen; by keyboard too. */
export function Table({ caption, showCaption = false, columns, stack = false, children, ...rest }: Props) {
  const names = [stack ? 'stack' : '', rest.class ?? ''].filter(Boolean).join(' ');
  return (
    <section class="scroll" aria-label={caption} tabindex={0}>
      <table class={names || undefined}>
        <caption class={showCaption ? undefined : 'sr'}>{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) =>
              typeof column === 'string' ? (
                <th scope="col">{column}</th>
              ) : (
                <th scope="col" class={column.numeric ? 'num' : undefined}>
                  {column.title}
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </section>
  );
}

/** The numbers of a chart for those who do not see it, or want them exactly. */
export const Numbers = ({ children, label = 'The same as a table' }: { children: Child; label?: string }) => (
  <details class="numbers">
    <summary>{label}</summary>
    {children}
  </details>
);

export const Empty = ({ title, children }: { title: string; children?: Child }) => (
  <div class="empty">
    <p class="title">{title}</p>
    {children ? <p>{children}</p> : null}
  </div>
);

/** Onwards, and back to the beginning: cursors lead one way. */
export function Pager({ first, next }: { first?: string | undefined; next?: string | undefined }) {
  if (first === undefined && next === undefined) return null;
  return (
    <nav class="pager" aria-label="Pages">
      {first === undefined ? null : (
        <a class="button" href={first}>
          First page
        </a>
      )}
      {next === undefined ? null : (
        <a class="button" href={next} rel="next">
          Next page
        </a>
      )}
    </nav>
  );
}

export const Figure = ({
  n,
  label,
  href,
  tone,
}: {
  n: number | string;
  label: string;
  href?: string;
  tone?: 'bad' | 'warn';
}) => {
  const inside = (
    <>
      <b>{typeof n === 'number' ? n.toLocaleString('en-US') : n}</b>
      <span>{label}</span>
    </>
  );
  return <li class={tone}>{href ? <a href={href}>{inside}</a> : inside}</li>;
};
