-- Refuses the step where the caller holds a lease and has lost it; who holds none passes.
-- KEYS[1] the lease; ARGV[1] its value, or '' without one.
if ARGV[1] ~= '' and redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return redis.error_reply('STALELEASE the lease is held no more')
end
