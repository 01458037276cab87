-- Takes the right to ask the vendor for one decision, or renews it when the claim is already the caller's.
-- KEYS[1]: the ledger entry (hash). ARGV: claim, now (ms), lease (ms).
-- Returns claimed, reclaimed (an earlier claim outlived its lease), busy, settled or missing.
-- Expiry: the entry's is left as the commit set it.
local entry = redis.call('HMGET', KEYS[1], 'state', 'claim', 'leaseMs')
local state, claim, lease = entry[1], entry[2], entry[3]
local now = tonumber(ARGV[2])
if not state then return 'missing' end
if state ~= 'queued' and state ~= 'claimed' then return 'settled' end
local ours = state == 'claimed' and claim == ARGV[1]
if state == 'claimed' and not ours and tonumber(lease) > now then return 'busy' end
redis.call('HSET', KEYS[1], 'state', 'claimed', 'claim', ARGV[1], 'leaseMs', now + tonumber(ARGV[3]), 'changedMs', ARGV[2])
if ours then return 'claimed' end
redis.call('HINCRBY', KEYS[1], 'attempts', 1)
if state == 'claimed' then return 'reclaimed' end
return 'claimed'
