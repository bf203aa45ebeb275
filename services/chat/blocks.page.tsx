/** @jsxImportSource hono/jsx */
import type { Button, Markdown, MessageBlock, Modal, PlainText } from '../slack/block-kit.ts';

/** What a button of the page does when its question is answered. */
export type Acts = (button: Button) => { dialogId: string } | undefined;

/** Block Kit as Slack lays it out, for the part of it that we speak. */
export function Blocks({ blocks, acts }: { blocks: readonly MessageBlock[]; acts: Acts }) {
  return (
    <>
      {blocks.map((block) => (
        <Block block={block} acts={acts} />
      ))}
    </>
  );
}

function Block({ block, acts }: { block: MessageBlock; acts: Acts }) {
  switch (block.type) {
    case 'header':
      return <h2 class="block-header">{block.text.text}</h2>;
    case 'divider':
      return <hr />;
    case 'context':
      return <p class="hint block-context">{block.elements.map(({ text }) => text).join(' · ')}</p>;
    case 'actions':
      return (
        <div class="actions">
          {block.elements.map((button) => (
            <ActionButton button={button} acts={acts} />
          ))}
        </div>
      );
    case 'section':
      return 'fields' in block ? <Fields fields={block.fields} /> : <Text text={block.text} />;
    default:
      return block satisfies never;
  }
}

/** `mrkdwn` is only ever a heading of ours: one word or more between stars. */
const Text = ({ text }: { text: PlainText | Markdown }) =>
  text.type === 'mrkdwn' ? (
    <h3 class="block-label">{text.text.replace(/^\*|\*$/g, '')}</h3>
  ) : (
    <p class="block-words">{text.text}</p>
  );

const Fields = ({ fields }: { fields: readonly (PlainText | Markdown)[] }) => (
  <dl class="block-fields">
    {fields.map((field) =>
      field.type === 'mrkdwn' ? <dt>{field.text.replace(/^\*|\*$/g, '')}</dt> : <dd>{field.text}</dd>,
    )}
  </dl>
);

function ActionButton({ button, acts }: { button: Button; acts: Acts }) {
  const label = button.text.text;
  if (button.url !== undefined)
    return (
      <a class="button" href={button.url}>
        {label}
      </a>
    );
  return (
    <button
      type="button"
      class={button.style === 'primary' ? 'primary' : (button.style ?? '')}
      data-opens={acts(button)?.dialogId}
    >
      {label}
    </button>
  );
}

/** The question before a button's act, as Slack asks it. */
export function ConfirmDialog({
  id,
  button,
  send,
}: {
  id: string;
  button: Button;
  send: Record<string, string>;
}) {
  const { confirm } = button;
  if (!confirm) return null;
  return (
    <dialog id={id} aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{confirm.title.text}</h2>
      <p class="block-words">{confirm.text.text}</p>
      <div class="actions">
        <button type="button" class="primary" {...send}>
          {confirm.confirm.text}
        </button>
        <button type="button" data-closes="">
          {confirm.deny.text}
        </button>
      </div>
    </dialog>
  );
}

/** A modal with one question. @param command what the page's script has signed together with the answer */
export function ModalDialog({ id, modal, command }: { id: string; modal: Modal; command: string }) {
  return (
    <dialog id={id} aria-labelledby={`${id}-title`}>
      <form method="dialog" data-command={command}>
        <h2 id={`${id}-title`}>{modal.title.text}</h2>
        {modal.blocks.map((block) =>
          block.type === 'input' ? (
            <label>
              {block.label.text}
              <textarea
                name={block.element.action_id}
                rows={4}
                required
                minlength={block.element.min_length}
                maxlength={block.element.max_length}
              />
            </label>
          ) : null,
        )}
        <div class="actions">
          <button type="submit" class="danger">
            {modal.submit?.text}
          </button>
          <button type="button" data-closes="">
            {modal.close.text}
          </button>
        </div>
      </form>
    </dialog>
  );
}
