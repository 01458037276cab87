-- Writes the last state of one decision: sent, refused, expired or unknown.
-- KEYS[1]: the ledger entry (hash). ARGV: claim, now (ms), state, then pairs of field and value (vendorId, reason).
-- Returns 1, or 0 when the claim is not the caller's. A repetition by the same claim with the same state answers 1.
-- Expiry: the entry's is left as the commit set it.
local entry = redis.call('HMGET', KEYS[1], 'state', 'claim')
if entry[2] ~= ARGV[1] then return 0 end
if entry[1] == ARGV[3] then return 1 end
if entry[1] ~= 'claimed' then return 0 end
redis.call('HSET', KEYS[1], 'state', ARGV[3], 'changedMs', ARGV[2], unpack(ARGV, 4))
return 1
