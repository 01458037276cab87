-- Gives a claim back because surely nothing was sent.
-- KEYS[1]: the ledger entry (hash). ARGV: claim, now (ms). Returns 1, or 0 when the claim is not the caller's.
-- Expiry: the entry's is left as the commit set it.
local entry = redis.call('HMGET', KEYS[1], 'state', 'claim')
if entry[1] ~= 'claimed' or entry[2] ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'state', 'queued', 'changedMs', ARGV[2])
redis.call('HDEL', KEYS[1], 'claim', 'leaseMs')
return 1
