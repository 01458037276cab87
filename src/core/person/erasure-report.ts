/** How far an erasure has come, and what was removed so far, by kind. */
export interface ErasureReport {
  readonly state: 'never_asked' | 'running' | 'done';
  readonly removed: Readonly<Record<string, number>>;
  /** When the last search ended that found nothing more, epoch ms. */
  readonly doneMs: number | undefined;
}

/** Where copies of a person live that the hub does not rule over, one sentence each. */
export const elsewhere: readonly string[] = [
  'Intercom: the contact and the prompts it was shown; delete the contact there (Segment forwards deletions to Intercom itself).',
  'SendGrid: its activity feed and suppression lists, by e-mail address; use its recipients’ data erasure.',
  'HubSpot: the contact, and notes that name it; use its permanent delete.',
  'Segment: the outcomes that were reported, in its archive and the warehouse; a deletion request in Segment covers them.',
  'Redis: the append-only file holds old commands until it is rewritten (BGREWRITEAOF), and backups until they are deleted.',
];
