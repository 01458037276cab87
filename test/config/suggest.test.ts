import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { suggestionFor } from '../../config/suggest.ts';
import { playbookOf } from '../core/account/world.ts';

const playbook = playbookOf(
  readFileSync(new URL('../../config/playbooks/default.yaml', import.meta.url), 'utf8'),
);

describe('the suggestion for an event that no rule knows', () => {
  it.each([
    ['Reprot Created', 'Add "Reprot Created" to the events of the signal got_value.'],
    ['Teammate Invited', 'Add "Teammate Invited" to the events of the signal invite_sent.'],
    [
      'pdfReportExportedAgain',
      'Add "pdfReportExportedAgain" to the events of the signal report_exported.',
    ],
    ['Subscription Updated', 'It tells of a purchase or a change of plan, not of use'],
    ['Storage Measured', 'signals: { usage: { events: "Storage Measured" } }'],
    ['Song Played', 'signals: { song_played: { events: "Song Played" } }'],
    ['日本', 'signals: { new_signal: { events: "日本" } }'],
  ])('%s: %s', (name, expected) => {
    expect(suggestionFor({ call: 'track', name }, playbook)).toContain(expected);
  });

  it('never takes an event for its contrary, nor a page for a track event', () => {
    expect(suggestionFor({ call: 'track', name: 'Signed Out' }, playbook)).not.toContain(
      'signed_in',
    );
    expect(suggestionFor({ call: 'page', name: 'Report Created' }, playbook)).toContain(
      '"page:Report Created"',
    );
  });
});
