import type { RequestStatus } from './answers.schema.ts';

/** What a request is about, in a few words. */
export function subjectOf(request: RequestStatus): string {
  const name = request.account?.name ?? request.accountId ?? request.id;
  switch (request.kind) {
    case 'organizational-unit-change':
      return `change of the unit ${request.organizationalUnit?.name ?? ''}`.trim();
    case 'account-change':
      return `change of ${name}`;
    case 'settings-change':
      return 'change of the settings';
    case 'control-exception':
      return `exception from ${request.control ?? 'a control'} for ${name}`;
    default:
      return name;
  }
}
