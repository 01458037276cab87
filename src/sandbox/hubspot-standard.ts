import type { HubspotType } from './hubspot-portal.ts';

/** A property that every portal has. */
interface StandardProperty {
  readonly kind: 'property';
  readonly type: HubspotType;
  readonly archived: boolean;
  readonly definition: {
    readonly name: string;
    readonly type: string;
    readonly fieldType: string;
    readonly hasUniqueValue?: boolean;
  };
}

const names: Readonly<Record<HubspotType, readonly string[]>> = {
  companies: ['name', 'domain', 'hubspot_owner_id', 'lifecyclestage'],
  contacts: ['email', 'firstname', 'lastname', 'hubspot_owner_id'],
  deals: [
    'dealname',
    'dealstage',
    'pipeline',
    'amount',
    'closedate',
    'hs_is_closed',
    'hubspot_owner_id',
  ],
  notes: ['hs_timestamp', 'hs_note_body', 'hubspot_owner_id'],
  tasks: [
    'hs_timestamp',
    'hs_task_subject',
    'hs_task_body',
    'hs_task_status',
    'hs_task_priority',
    'hs_task_type',
    'hubspot_owner_id',
  ],
  tickets: ['subject', 'createdate', 'closed_date', 'hs_ticket_priority', 'hubspot_owner_id'],
};

/** The properties that a portal begins with, as far as the hub has to do with them. */
export const standardProperties: readonly {
  kind: 'property';
  type: HubspotType;
  archived: boolean;
  definition: { name: string; type: string; fieldType: string; hasUniqueValue?: boolean };
}[] = (['companies', 'contacts', 'deals', 'notes', 'tasks', 'tickets'] as const).flatMap((type) =>
  names[type].map((name) => standard(type, name)),
);

function standard(type: HubspotType, name: string): StandardProperty {
  const isUnique = type === 'contacts' && name === 'email';
  return {
    kind: 'property',
    type,
    archived: false,
    definition: {
      name,
      type: name === 'amount' ? 'number' : 'string',
      fieldType: name === 'amount' ? 'number' : 'text',
      ...(isUnique ? { hasUniqueValue: true } : {}),
    },
  };
}

/** The pipeline of deals that a new portal has. */
export const standardPipelines = [
  {
    id: 'default',
    label: 'Sales Pipeline',
    stages: [
      {
        id: 'appointmentscheduled',
        label: 'Appointment scheduled',
        metadata: { isClosed: 'false' },
      },
      { id: 'contractsent', label: 'Contract sent', metadata: { isClosed: 'false' } },
      { id: 'closedwon', label: 'Closed won', metadata: { isClosed: 'true', probability: '1.0' } },
      {
        id: 'closedlost',
        label: 'Closed lost',
        metadata: { isClosed: 'true', probability: '0.0' },
      },
    ],
  },
] as const;
