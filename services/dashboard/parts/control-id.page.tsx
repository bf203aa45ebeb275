/** @jsxImportSource hono/jsx */

/** The id of a control, which breaks behind an underscore and nowhere else. */
export const ControlId = ({ id }: { id: string }) => (
  <>
    {id.split(/(?<=[_.])/).map((part) => (
      <>
        {part}
        <wbr />
      </>
    ))}
  </>
);
