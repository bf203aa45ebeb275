/** Every `code` that a problem answer may carry; `type` leads here. A unit spec compares this with the sources. */
export const PROBLEM_CODES: Record<string, string> = {
  'already-decided': 'Somebody decided first; the answer says who and when. Nothing changed.',
  'approvals-key': 'The key that signs decisions does not answer. Nothing was decided; try again.',
  'bad-signature': 'The signature of the callback is missing, wrong or older than five minutes.',
  'bad-token': 'The bearer token is malformed, expired or not issued for this installation. Get a new one.',
  cancelled: 'The request was cancelled before. Send a new one if the account is still wanted.',
  'change-open': 'The account has a change that has not ended. Wait for it, resume it, or cancel it.',
  'known-at': 'What was known at a time is asked about an instant: give `asOf` as well.',
  period: 'The period does not go from one instant to a later one, or is too long.',
  cursor: 'The cursor did not come from this list. Start again without it.',
  database: 'The database does not answer. Nothing was lost; try again after the time in Retry-After.',
  'doubled-member':
    'An object of the body has a member twice, so two readers could understand different things by it.',
  ended: 'The request has ended; its status says how.',
  'exception-not-granted':
    'The exception is being asked for still. Cancel its request instead of revoking it.',
  'exception-open': 'The same exception is being asked for already. Wait for its decision, or cancel it.',
  'exception-over': 'The exception has run out, was revoked, or gave way to another one.',
  'foreign-origin': 'A page of another site called the local sign-in. Use the pages of this service.',
  'forged-form':
    'The form was not sent by a page of this service for this session. Open the page again and send it from there.',
  'idempotency-key': 'The Idempotency-Key has to be 1 to 255 characters long.',
  'idempotency-key-reused': 'The key was used for another body. Use a new key for a new request.',
  'identity-provider':
    'The identity provider does not answer, so nobody can be recognized. Try again in a moment.',
  'if-match': 'Name in If-Match the version that the change starts from: the ETag of what you have read.',
  internal:
    'Something broke here. The failure is in our log; repeating the call with the same Idempotency-Key is safe.',
  'key-revoked': 'The key was revoked for good. A change of the settings lists a new one.',
  'key-source':
    'The secrets of Teams come from Teams and are set here; all others are made here and revealed once.',
  'key-taken':
    'The secret was shown or set before, and that happens once. Change the settings to list a new key.',
  'loopback-only': 'The local sign-in answers on the machine itself only.',
  malformed: 'The body is not valid JSON.',
  'media-type': 'The body has another content type than application/json.',
  'no-route': 'There is no such path. The routes are at /docs.',
  'no-session': 'Sign in to the dashboard first.',
  'no-snapshot': 'The organization has not been read yet. Try again in a moment.',
  'no-token': 'Send a bearer token in the Authorization header.',
  'not-a-member': 'Slack does not vouch for the user as a full member of the workspace.',
  'not-active': 'Only an active account that was vended here has a plan that it can be changed from.',
  'not-an-approver': 'Deciding needs the role approver, in the team of the request where it has one.',
  'not-an-auditor': 'The whole ledger is for the roles operator and auditor.',
  'not-an-operator': 'This act needs the role operator.',
  'not-found': 'There is nothing with this id, or you may not see it.',
  'not-parked': 'The workflow is not waiting for a repair yet. Try again in a moment.',
  'not-quarantined': 'Only a quarantined request can be resumed.',
  'not-your-team': 'Ask for accounts of your own teams, with the role requester or approver.',
  'not-yours':
    'Only the person who asked, or an operator, may cancel a request; its team may give up a change that stopped half-way.',
  'nothing-to-change': 'The account is as it would be planned today; there is nothing to ask for.',
  'pending-cap': 'The team has too many requests waiting. Decide or cancel some first.',
  'plan-differs': 'The digest is not that of the plan of this request. Read the plan again.',
  'program-decides': 'Programs never decide. A person has to, with a token of their own.',
  'program-unregistered':
    'A program may ask once the settings name it among the service users, with people who answer for it.',
  'rate-limited':
    'Too many calls of one person, one team or one address within a minute. Go on after the time in Retry-After.',
  refused: 'The request could not be read.',
  replayed: 'This callback was received before and had its effect then.',
  'role-needed': 'This needs a role that the token does not have; the answer names it.',
  'self-approval': 'The person who asked may not decide.',
  'settings-moved': 'The settings changed while the request was planned. Nothing was kept; try again.',
  'sign-in': 'The sign-in with the identity provider did not come to its end. Begin again.',
  'stage-not-open': 'The approval has stages, and it is the turn of others. Nothing was decided.',
  stale: 'What you have read was changed since. Read it again and ask for the change anew.',
  'stale-standing':
    'Nobody has vouched for the teams and roles of this person lately. Sign in to the dashboard once, then decide again.',
  suspended:
    'The person is suspended here, whatever the identity provider says. An approved change of the settings lifts it.',
  taken: 'The e-mail address or the name is used by another request.',
  'too-large': 'The body is larger than 64 KiB, or 8 MiB for a what-if.',
  'too-late': 'The workflow has begun its work; what it does can be undone later, not cancelled now.',
  unauthenticated: 'Sign in first.',
  'unknown-person': 'The chat user is not mapped to a person who may approve.',
  validation: 'Some fields cannot be accepted; `errors` names each by JSON pointer.',
};
