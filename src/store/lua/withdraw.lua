-- Takes a decided prompt back. While somebody asks the vendor the wish is noted, and it is not asked for again.
-- KEYS[1]: the ledger entry (hash). ARGV: reason, now (ms). Returns 1 when it was taken back, else 0.
-- Expiry: the entry's is left as the commit set it.
local state = redis.call('HGET', KEYS[1], 'state')
if state == 'claimed' then redis.call('HSET', KEYS[1], 'withdrawn', ARGV[1]) end
if state ~= 'queued' then return 0 end
redis.call('HSET', KEYS[1], 'state', 'refused', 'reason', ARGV[1], 'changedMs', ARGV[2])
return 1
