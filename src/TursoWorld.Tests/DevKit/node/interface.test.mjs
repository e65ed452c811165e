// What the runtime seldom or never asks of a world, asked through its interface. The adapter lets no answer through that the
// published schemas refuse.

import { AttributeValidationError, SPEC_VERSION_CURRENT as specVersion } from '@workflow/world';
import { afterAll, expect, test } from 'vitest';

process.env.WORKFLOW_TURSO_DATABASE_URL = `file:${import.meta.dirname}/interface.db`;
const { createWorld } = await import(process.env.TURSOWORLD_ADAPTER);
const world = createWorld();
const bytes = (...numbers) => new Uint8Array(numbers);
const running = async () => {
  const eventData = { deploymentId: 'dpl_1', workflowName: 'workflow//./a//b', input: bytes(1), executionContext: { deep: [{ x: 1 }] } };
  const { run } = await world.events.create(null, { eventType: 'run_created', specVersion, eventData });
  await world.events.create(run.runId, { eventType: 'run_started', specVersion });
  return run.runId;
};
const add = (runId, eventType, correlationId, eventData, params) =>
  world.events.create(runId, { eventType, correlationId, specVersion, eventData }, params);
const collect = async (stream) => {
  const chunks = [];
  for await (const chunk of stream) chunks.push(...chunk);
  return chunks;
};

afterAll(() => world.close());

test('entities come with and without their payloads', async () => {
  const runId = await running();
  await add(runId, 'step_started', 'step_one', { stepName: 'step//./a//c', input: bytes(), ownerMessageId: 'msg_1' });
  await add(runId, 'step_completed', 'step_one', { result: bytes(0, 255) });
  await add(runId, 'run_completed', undefined, { output: bytes(2) });

  const run = await world.runs.get(runId);
  expect(run).toMatchObject({ status: 'completed', input: bytes(1), output: bytes(2), specVersion, deploymentId: 'dpl_1' });
  expect(run.executionContext).toEqual({ deep: [{ x: 1 }] });
  expect(await world.runs.get(runId, { resolveData: 'none' })).not.toHaveProperty('output');
  const step = await world.steps.get(runId, 'step_one');
  expect(step).toMatchObject({ status: 'completed', attempt: 1, input: bytes(), output: bytes(0, 255) }); // empty is not absent
  expect((await world.steps.list({ runId, resolveData: 'none' })).data[0]).not.toHaveProperty('input');
  const { data } = await world.runs.list({ workflowName: 'workflow//./a//b', status: ['completed'] });
  expect(data.map((one) => one.runId)).toEqual([runId]);
});

test('an event keeps what was given along with it', async () => {
  const runId = await running();
  const names = { stepName: 'step//./a//c', workflowName: 'workflow//./a//b' };
  const resumeAt = new Date(1_900_000_000_000);
  const given = [
    ['step_created', 'step_one', { ...names, input: bytes(1) }],
    ['step_started', 'step_one', names],
    ['step_retrying', 'step_one', { ...names, error: bytes(2) }],
    ['step_completed', 'step_one', { ...names, result: bytes(3) }],
    ['hook_created', 'hook_one', { token: 'token' }],
    ['hook_received', 'hook_one', { token: 'token', payload: bytes(4) }],
    ['hook_disposed', 'hook_one', { token: 'token' }],
    ['wait_created', 'wait_one', { resumeAt }],
    ['wait_completed', 'wait_one', { resumeAt }],
  ];
  for (const [eventType, correlationId, eventData] of given) await add(runId, eventType, correlationId, eventData, { requestId: 'req_1' });

  const { data } = await world.events.list({ runId, pagination: { limit: 100 } });
  expect(data.slice(2).map(({ eventType, correlationId, eventData }) => [eventType, correlationId, eventData])).toEqual(
    given.map(([type, id, eventData]) => [type, id, type === 'step_started' ? { ...eventData, attempt: 1 } : eventData]));
});

test('logs are read in pages, from a cursor on, and along with a write', async () => {
  const runId = await running();
  for (let i = 0; i < 5; i++) await add(runId, 'wait_created', `wait_${i}`, { resumeAt: new Date(Date.now() + 1_000) });

  const first = await world.events.list({ runId, pagination: { limit: 6 } });
  const last = await world.events.list({ runId, pagination: { limit: 6, cursor: first.cursor } });
  const { events, cursor, hasMore } = await add(runId, 'wait_completed', 'wait_0', undefined, { sinceCursor: last.cursor });
  const backwards = await world.events.list({ runId, pagination: { sortOrder: 'desc', limit: 1 } });

  expect([first.hasMore, last.hasMore, hasMore]).toEqual([true, false, false]);
  expect(first.data.concat(last.data).map((event) => event.eventType)).toEqual(
    ['run_created', 'run_started', ...Array(5).fill('wait_created')]);
  expect(events.map((event) => event.eventType)).toEqual(['wait_completed']);
  expect((await world.events.list({ runId, pagination: { cursor } }))).toMatchObject({ data: [], hasMore: false });
  expect(backwards.data[0]).toEqual(await world.events.get(runId, events[0].eventId));
});

test('hooks are found by id and token, and a taken token is a conflict', async () => {
  const [owner, other] = [await running(), await running()];
  await add(owner, 'hook_created', 'hook_of_the_interface_test', { token: 'token', metadata: bytes(7), isWebhook: true });

  const { event, hook } = await add(other, 'hook_created', 'hook_other', { token: 'token' });

  expect(hook).toBeUndefined();
  expect(event).toMatchObject({ eventType: 'hook_conflict', eventData: { token: 'token', conflictingRunId: owner } });
  const found = await world.hooks.getByToken('token');
  expect(found).toMatchObject({ runId: owner, metadata: bytes(7), isWebhook: true, specVersion });
  expect(await world.hooks.get('hook_of_the_interface_test')).toEqual(found);
  expect((await world.hooks.list({ runId: owner })).data).toEqual([found]);
  const events = await world.events.listByCorrelationId({ correlationId: 'hook_of_the_interface_test' });
  expect(events.data.map((one) => one.eventType)).toEqual(['hook_created']);
  await add(owner, 'run_cancelled', undefined, { cancelReason: 'enough' });
  await expect(world.hooks.getByToken('token')).rejects.toMatchObject({ name: 'HookNotFoundError' });
});

test('attributes are set, removed and bounded', async () => {
  const runId = await running();
  const set = (id, changes) => add(runId, 'attr_set', id, { changes, writer: { type: 'workflow' } });
  await set('attr_1', [{ key: 'a', value: '1' }, { key: 'b', value: '2' }]);

  const { run, event } = await set('attr_2', [{ key: 'a', value: null }]);

  expect(run.attributes).toEqual({ b: '2' });
  expect(event.eventData).toEqual({ changes: [{ key: 'a', value: null }], writer: { type: 'workflow' } });
  await expect(set('attr_2', [{ key: 'c', value: '3' }])).rejects.toMatchObject({ name: 'EntityConflictError' });
  await expect(set('attr_3', [{ key: '$c', value: '3' }])).rejects.toBeInstanceOf(AttributeValidationError);
});

test('refusals have the names that the runtime goes by', async () => {
  const runId = await running();
  const step = { stepName: 'step//./a//c', input: bytes(1) };
  await add(runId, 'step_created', 'step_a', step);
  await add(runId, 'step_started', 'step_a');
  await add(runId, 'step_retrying', 'step_a', { error: bytes(1), retryAfter: new Date(Date.now() + 60_000) });
  const refused = async (call, expected) => expect(await call.then(() => 'done', (error) => error)).toMatchObject(expected);

  await refused(add(runId, 'step_started', 'step_a'), { name: 'TooEarlyError', retryAfter: expect.toSatisfy((s) => s > 50 && s <= 60) });
  await refused(add(runId, 'step_started', 'step_a', step), { name: 'EntityConflictError' });
  await refused(add(runId, 'step_started', 'step_b'), { name: 'WorkflowWorldError', status: 404 });
  await refused(world.events.list({ runId, pagination: { cursor: 'x' } }), { name: 'WorkflowWorldError', status: 400 });
  await refused(world.runs.get('wrun_01ARZ3NDEKTSV4RRFFQ69G5FAV'), { name: 'WorkflowRunNotFoundError' });
  await refused(add(runId, 'hook_received', 'hook_none', { payload: bytes() }), { name: 'HookNotFoundError' });
  await add(runId, 'run_failed', undefined, { error: bytes(9), errorCode: 'USER_ERROR' });
  expect(await world.runs.get(runId)).toMatchObject({ status: 'failed', error: bytes(9), errorCode: 'USER_ERROR' });
  await refused(add(runId, 'run_completed', undefined, { output: bytes() }), { name: 'EntityConflictError' });
  await refused(add(runId, 'run_started'), { name: 'RunExpiredError' });
});

test('exactly one of many ends a step', async () => {
  const runId = await running();
  await add(runId, 'step_started', 'step_a', { stepName: 'step//./a//c', input: bytes(1) });

  const ends = await Promise.allSettled(Array.from({ length: 20 }, (_, i) => add(runId, 'step_completed', 'step_a', { result: bytes(i) })));

  expect(ends.filter((end) => end.status === 'fulfilled')).toHaveLength(1);
  expect(ends.every((end) => end.status === 'fulfilled' || end.reason.name === 'EntityConflictError')).toBe(true);
});

test('streams are read live, from the end, and in pages', async () => {
  const runId = await running();
  const live = world.streams.get(runId, 'out').then(collect);
  await world.streams.write(Promise.resolve(runId), 'out', 'A');
  await world.streams.writeMulti(runId, 'out', [bytes(66), 'C', Buffer.from('D')]);
  expect(await world.streams.getInfo(runId, 'out')).toEqual({ tailIndex: 3, done: false });
  await world.streams.close(runId, 'out');

  expect(await live).toEqual([65, 66, 67, 68]);
  expect(await collect(await world.streams.get(runId, 'out', -2))).toEqual([67, 68]);
  expect(await collect(await world.streams.get(runId, 'out', 9))).toEqual([]);
  const page = await world.streams.getChunks(runId, 'out', { limit: 3 });
  expect(page).toMatchObject({ data: [0, 1, 2].map((index) => ({ index, data: bytes(65 + index) })), hasMore: true });
  const rest = await world.streams.getChunks(runId, 'out', { cursor: page.cursor });
  expect(rest).toMatchObject({ data: [{ index: 3, data: bytes(68) }], hasMore: false, done: true });
  expect(await world.streams.list(runId)).toEqual(['out']);
  const unknown = await world.streams.get(runId, 'never written');
  await unknown.cancel();
});

test('a message with a key that is held is the same message', async () => {
  const queueName = '__wkf_workflow_workflow//./a//b';
  const send = (idempotencyKey) => world.queue(queueName, { runId: 'wrun_1' }, { idempotencyKey, delaySeconds: 3_600 });

  const ids = [await send('one'), await send('one'), await send('two')].map(({ messageId }) => messageId);

  expect(ids[0]).toBe(ids[1]);
  expect(ids[2]).not.toBe(ids[0]);
});
