-- Looks which inputs were counted, in many dedupe sets in one call.
-- KEYS: dedupe sets of one slot. ARGV, for each key: n, followed by the n fingerprints to look for in the set.
-- Returns, for each key: n times 0 or 1.
-- Expiry: none is touched. Nothing is decoded here.
local call = redis.call
local replies = {}
local at = 1
for k = 1, #KEYS do
  local n = tonumber(ARGV[at])
  replies[k] = call('SMISMEMBER', KEYS[k], unpack(ARGV, at + 1, at + n))
  at = at + n + 1
end
return replies
