-- Lets one prompt go out, or says why not: the operator's switches, the offer's budget, the workspace's pace. A prompt that
-- was let out before is let out again, so a repeated delivery counts once.
-- KEYS: switches (hash), pace (sorted set of decision ids by time), budget of the offer (the same).
-- ARGV: decision id, offer id, now (ms), prompts a minute, budget (0: none), its window (ms).
-- Returns admitted, {'paused', why}, {'stopped', why}, spent, or {'wait', ms}.
-- Expiry: pace after two minutes, budget after its window.
local call = redis.call
local id, offer, now = ARGV[1], ARGV[2], tonumber(ARGV[3])
local why = call('HMGET', KEYS[1], 'all', 'offer:' .. offer)
if why[1] then return {'paused', why[1]} end
if why[2] then return {'stopped', why[2]} end
local budget, window = tonumber(ARGV[5]), tonumber(ARGV[6])
if budget > 0 and not call('ZSCORE', KEYS[3], id) then
  call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now - window)
  if call('ZCARD', KEYS[3]) >= budget then return {'spent'} end
end
if not call('ZSCORE', KEYS[2], id) then
  local most = tonumber(ARGV[4])
  call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - 60000)
  if call('ZCARD', KEYS[2]) >= most then
    local oldest = call('ZRANGE', KEYS[2], -most, -most, 'WITHSCORES')
    return {'wait', tostring(tonumber(oldest[2]) + 60000 - now)}
  end
  call('ZADD', KEYS[2], now, id)
  call('PEXPIRE', KEYS[2], 120000)
end
if budget > 0 then
  call('ZADD', KEYS[3], 'NX', now, id)
  call('PEXPIRE', KEYS[3], window)
end
return {'admitted'}
