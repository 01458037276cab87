/**
 * What became of one request to the CRM. `limited`: too many requests; `not_allowed`: token or scope; `away`: 5xx, or a
 * pause that it wants; `silent`: no connection, no answer in time, or nobody waited; `odd`: no answer of the CRM's;
 * `refused`: it does not take what was sent.
 */
export type CrmRequestKind =
  | 'done'
  | 'limited'
  | 'not_allowed'
  | 'away'
  | 'silent'
  | 'odd'
  | 'refused';

/** The kind of a status beyond 2xx. */
export function requestKindOf(status: number): Exclude<CrmRequestKind, 'done' | 'silent' | 'odd'> {
  if (status === 429) {
    return 'limited';
  }
  if (status === 401 || status === 403) {
    return 'not_allowed';
  }
  return status >= 500 || [408, 423, 477].includes(status) ? 'away' : 'refused';
}
