import { z } from 'zod';

/** What HubSpot takes, strictly: a request that it would refuse is refused here. */

const Properties = z.record(z.string(), z.string());
const associations = z.array(
  z.strictObject({
    to: z.strictObject({ id: z.string() }),
    types: z
      .array(
        z.strictObject({
          associationCategory: z.enum(['HUBSPOT_DEFINED', 'USER_DEFINED', 'INTEGRATOR_DEFINED']),
          associationTypeId: z.int(),
        }),
      )
      .min(1),
  }),
);
const inputsMax = 100;

export const CreateRequest = z.strictObject({
  properties: Properties,
  associations: associations.optional(),
});
export const BatchCreateRequest = z.strictObject({
  inputs: z
    .array(
      z.strictObject({
        properties: Properties,
        associations: associations.optional(),
        objectWriteTraceId: z.string().optional(),
      }),
    )
    .min(1)
    .max(inputsMax),
});
export const BatchWriteRequest = z.strictObject({
  inputs: z
    .array(
      z.strictObject({
        id: z.string().min(1),
        idProperty: z.string().optional(),
        properties: Properties,
        objectWriteTraceId: z.string().optional(),
      }),
    )
    .min(1)
    .max(inputsMax),
});
export const BatchReadRequest = z.strictObject({
  inputs: z
    .array(z.strictObject({ id: z.string().min(1) }))
    .min(1)
    .max(inputsMax),
  idProperty: z.string().optional(),
  properties: z.array(z.string()),
  propertiesWithHistory: z.array(z.string()).max(0),
});
const propertyName = z.string();
const Filter = z.discriminatedUnion('operator', [
  z.strictObject({
    propertyName,
    operator: z.literal('IN'),
    values: z.array(z.string().toLowerCase()).min(1).max(100),
  }),
  z.strictObject({ propertyName, operator: z.literal('EQ'), value: z.string() }),
  z.strictObject({ propertyName, operator: z.literal('GTE'), value: z.string().regex(/^\d+$/u) }),
]);
export const SearchRequest = z.strictObject({
  filterGroups: z.array(z.strictObject({ filters: z.array(Filter).min(1).max(6) })).length(1),
  sorts: z
    .array(z.strictObject({ propertyName, direction: z.literal('ASCENDING') }))
    .max(1)
    .optional(),
  properties: z.array(z.string()),
  limit: z.int().min(1).max(200),
  after: z.string().regex(/^\d+$/u).optional(),
});
export type SearchRequest = z.infer<typeof SearchRequest>;
export const LinksRequest = z.strictObject({
  inputs: z
    .array(z.strictObject({ id: z.string().min(1) }))
    .min(1)
    .max(1000),
});

const Option = z.strictObject({
  label: z.string().min(1),
  value: z.string().min(1),
  displayOrder: z.int(),
  hidden: z.boolean(),
});
export const PropertyRequest = z
  .strictObject({
    name: z.string().regex(/^[a-z][a-z0-9_]*$/u),
    label: z.string().min(1),
    description: z.string().optional(),
    groupName: z.string(),
    type: z.enum(['bool', 'date', 'datetime', 'enumeration', 'number', 'string']),
    fieldType: z.enum(['booleancheckbox', 'date', 'number', 'select', 'text', 'textarea']),
    hasUniqueValue: z.boolean().optional(),
    options: z.array(Option).optional(),
  })
  .refine(
    ({ type, options }) => (type === 'enumeration') === (options !== undefined),
    'An enumeration needs options, and nothing else has any',
  );
export const PropertiesRequest = z.strictObject({
  inputs: z.array(PropertyRequest).min(1).max(100),
});
export const OptionsRequest = z.strictObject({ options: z.array(Option).min(1) });
export const GroupRequest = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9_]*$/u),
  label: z.string().min(1),
  displayOrder: z.int().optional(),
});

const ListFilter = z.strictObject({
  filterType: z.literal('PROPERTY'),
  property: z.string(),
  operation: z.strictObject({
    operationType: z.literal('ENUMERATION'),
    operator: z.literal('IS_ANY_OF'),
    values: z.array(z.string()).min(1),
    includeObjectsWithNoValueSet: z.boolean(),
  }),
});
export const FilterBranch = z.strictObject({
  filterBranchType: z.literal('OR'),
  filterBranchOperator: z.literal('OR'),
  filters: z.array(z.unknown()).length(0),
  filterBranches: z
    .array(
      z.strictObject({
        filterBranchType: z.literal('AND'),
        filterBranchOperator: z.literal('AND'),
        filterBranches: z.array(z.unknown()).length(0),
        filters: z.array(ListFilter).min(1),
      }),
    )
    .min(1),
});
export const ListRequest = z.strictObject({
  name: z.string().min(1),
  objectTypeId: z.literal('0-2'),
  processingType: z.literal('DYNAMIC'),
  filterBranch: FilterBranch,
});

/** What is wrong with a request, in one line. */
export function mistakeOf(error: z.ZodError): string {
  const [issue] = error.issues;
  return `Invalid input JSON: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`;
}
