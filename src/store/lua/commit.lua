-- Stores what a step changed in many units of one slot (on a single server, of all): for each unit all of it, or nothing
-- when its version moved.
-- KEYS: the n states. Then for each unit: the outbox when there are effects, members to set, members to remove, dedupe
--   sets, ledger entries, and the unit's history list when there are ledger entries.
-- ARGV[1..5]: life of states (ms), of dedupe sets (s), of ledger entries (s), now (ms), n.
-- Then for each unit: a head of seven u16 (number of arguments after the head, of keys besides the state, of members to
--   set, of members to remove, of dedupe sets, of effects, of decisions); the expected first 4 bytes ('' when it must not
--   exist); the new state; the members' bytes; for each set the number of fingerprints, negative when its expiry must be
--   set, and these; for each effect: id, entry; for each decision: id, record.
-- Returns for each unit 1 (stored) or 0 (somebody else moved it).
-- Expiry: states, members and histories live on for ARGV[1] after each commit, dedupe sets and ledger entries as given.
local call, read, first = redis.call, struct.unpack, string.sub
local retain, dedupeLife, ledgerLife, now, n = ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])
-- All versions in one call: each call costs more than what it does.
local stored = call('MGET', unpack(KEYS, 1, n))
local answers = {}
local key, at = n + 1, 6
for unit = 1, n do
  local fields, keys, members, removals, sets, effects, decisions = read('<HHHHHHH', ARGV[at])
  local nextKey, nextAt = key + keys, at + 1 + fields
  local state = stored[unit]
  if (state and first(state, 1, 4) or '') == ARGV[at + 1] then
    call('SET', KEYS[unit], ARGV[at + 2], 'PX', retain)
    local arg = at + 3
    local outbox
    if effects > 0 then
      outbox = KEYS[key]
      key = key + 1
    end
    for _ = 1, members do
      call('SET', KEYS[key], ARGV[arg], 'PX', retain)
      key, arg = key + 1, arg + 1
    end
    for _ = 1, removals do
      call('DEL', KEYS[key])
      key = key + 1
    end
    for _ = 1, sets do
      local count = tonumber(ARGV[arg])
      local needsExpiry = count < 0
      if needsExpiry then count = -count end
      call('SADD', KEYS[key], unpack(ARGV, arg + 1, arg + count))
      if needsExpiry then call('EXPIRE', KEYS[key], dedupeLife) end
      key, arg = key + 1, arg + 1 + count
    end
    if effects > 0 then
      call('HSET', outbox, unpack(ARGV, arg, arg + 2 * effects - 1))
      arg = arg + 2 * effects
    end
    if decisions > 0 then
      local history = KEYS[nextKey - 1]
      for _ = 1, decisions do
        call('HSET', KEYS[key], 'state', 'queued', 'attempts', '0', 'changedMs', now, 'record', ARGV[arg + 1])
        call('EXPIRE', KEYS[key], ledgerLife)
        call('LPUSH', history, ARGV[arg])
        key, arg = key + 1, arg + 2
      end
      call('LTRIM', history, 0, 49)
      call('PEXPIRE', history, retain)
    end
    answers[unit] = 1
  else
    answers[unit] = 0
  end
  key, at = nextKey, nextAt
end
return answers
