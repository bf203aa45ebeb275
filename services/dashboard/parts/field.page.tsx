/** @jsxImportSource hono/jsx */
import type { Child } from 'hono/jsx';

export type FieldErrors = ReadonlyMap<string, string>;

type Common = {
  /** Its name in the form; errors are kept by it. */
  name: string;
  label: string;
  hint?: string;
  errors?: FieldErrors;
  required?: boolean;
};

type InputProps = Common & {
  value?: string | undefined;
  type?: 'text' | 'email' | 'search' | 'date' | 'datetime-local' | 'number';
  maxlength?: number;
  placeholder?: string;
  autocomplete?: string;
  list?: string;
  /** Which keys a phone shows. */
  inputmode?: 'decimal' | undefined;
  max?: string;
  step?: string;
};

/** What every control says of itself: its hint and its error are read out with it. */
const attributes = ({ name, hint, errors, required }: Common) => {
  const error = errors?.get(name);
  const about = [
    error === undefined ? '' : `${idOf(name)}-error`,
    hint === undefined ? '' : `${idOf(name)}-hint`,
  ];
  const described = about.filter(Boolean).join(' ');
  return {
    id: idOf(name),
    name,
    required: required === true,
    'aria-invalid': error === undefined ? undefined : ('true' as const),
    'aria-describedby': described === '' ? undefined : described,
  };
};

export const idOf = (name: string): string => `f-${name.replace(/[^a-zA-Z0-9-]/g, '-')}`;

export function Input(props: InputProps) {
  const {
    value,
    type = 'text',
    maxlength,
    placeholder,
    autocomplete = 'off',
    list,
    max,
    step,
    inputmode,
  } = props;
  return (
    <Field {...props}>
      <input
        {...attributes(props)}
        type={type}
        value={value ?? ''}
        maxlength={maxlength}
        placeholder={placeholder}
        autocomplete={autocomplete}
        list={list}
        inputmode={inputmode}
        max={max}
        step={step}
      />
    </Field>
  );
}

export const TextArea = (
  props: Common & { value?: string | undefined; maxlength?: number; rows?: number; placeholder?: string },
) => (
  <Field {...props}>
    <textarea
      {...attributes(props)}
      maxlength={props.maxlength}
      rows={props.rows ?? 3}
      placeholder={props.placeholder}
    >
      {props.value ?? ''}
    </textarea>
  </Field>
);

export type Option = { value: string; label: string };

export const Select = (
  props: Common & { value?: string | undefined; options: readonly Option[]; any?: string },
) => (
  <Field {...props}>
    <select {...attributes(props)}>
      {props.any === undefined ? null : <option value="">{props.any}</option>}
      {props.options.map(({ value, label }) => (
        <option value={value} selected={value === props.value}>
          {label}
        </option>
      ))}
    </select>
  </Field>
);

function Field({ name, label, hint, errors, required, children }: Common & { children: Child }) {
  const error = errors?.get(name);
  return (
    <div class="field">
      <label for={idOf(name)}>
        {label}
        {required ? <span class="soft"> (required)</span> : null}
      </label>
      {children}
      {error === undefined ? null : (
        <p class="error" id={`${idOf(name)}-error`}>
          {error}
        </p>
      )}
      {hint === undefined ? null : (
        <p class="hint" id={`${idOf(name)}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}
