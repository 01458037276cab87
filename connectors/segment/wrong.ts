/**
 * Why a call goes to quarantine, and the sentence that the operator reads: what is wrong and the
 * mend.
 */
export const wrongCalls = {
  not_an_object: 'A call must be a JSON object; send each event as one object with a `type`.',
  batch_missing: 'A batch must have its calls in the array `batch`; send {"batch": [...]}.',
  unknown_type:
    'The `type` of the call is none that the hub knows; send track, identify, group, page, screen, alias or delete.',
  user_id_unusable:
    'The `userId` names nobody: it is a list, an object, a number too large to be exact, or longer than 500 characters; send one id as text.',
  no_id:
    'The call has neither a `userId` nor an `anonymousId`; send at least one that is not blank.',
  track_without_event: 'The track call has no `event`; send the name of what happened.',
  properties_not_an_object:
    'The `properties` of the call are not an object; send {"name": value, ...}.',
  traits_not_an_object: 'The `traits` of the call are not an object; send {"name": value, ...}.',
  group_without_group_id: 'The group call has no `groupId`; send the id of the account.',
  group_id_unusable:
    'The `groupId` names no account: it is a list, an object, a number too large to be exact, or longer than 500 characters; send one id as text.',
  alias_without_user_id:
    'The alias call has no `userId`; send the id that the person has from now on.',
  alias_without_previous_id:
    'The alias call has no usable `previousId`; send the id that the person had before.',
  delete_without_user_id: 'The delete call has no `userId`; send the id of the person to forget.',
} as const;

/** Why a call cannot be used. */
export type WrongCall = keyof typeof wrongCalls;
