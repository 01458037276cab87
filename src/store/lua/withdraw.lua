-- Takes a decided prompt back, unless somebody is asking the vendor already or it is over.
-- KEYS[1]: the ledger entry (hash). ARGV: reason, now (ms). Returns 1 when it was taken back, else 0.
-- Expiry: the entry's is left as the commit set it.
if redis.call('HGET', KEYS[1], 'state') ~= 'queued' then return 0 end
redis.call('HSET', KEYS[1], 'state', 'refused', 'reason', ARGV[1], 'changedMs', ARGV[2])
return 1
