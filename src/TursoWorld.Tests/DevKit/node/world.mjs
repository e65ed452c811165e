// A World of the Workflow DevKit that is a TursoWorld: names, JSON and errors are translated, and nothing else happens here.
// The world lives in a child process (WorldServer.cs), which reads a call per line and writes an answer per line. Its messages
// do not come this way: the child POSTs them to http://localhost:$PORT itself.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import {
  EntityConflictError, HookNotFoundError, RunExpiredError, RunNotSupportedError, TooEarlyError, WorkflowRunNotFoundError,
  WorkflowWorldError,
} from '@workflow/errors';
import {
  AttributeValidationError, EventSchema, HookSchema, PaginatedResponseSchema, SPEC_VERSION_CURRENT, StepSchema, WaitSchema,
  WorkflowRunSchema,
} from '@workflow/world';

export function createWorld() {
  const { call, disconnect } = connect();
  return {
    specVersion: SPEC_VERSION_CURRENT,
    start: () => call('start', {}),
    close: async () => {
      await call('close', {});
      await disconnect();
    },
    getDeploymentId: async () => 'dpl_test',
    queue: async (queueName, message, options) => {
      const { idempotencyKey, delaySeconds, headers } = options ?? {};
      const body = new TextEncoder().encode(JSON.stringify(message, tagBytes));
      return { messageId: await call('queue', { queueName, message: body, idempotencyKey, delaySeconds, headers }) };
    },
    createQueueHandler,
    events: {
      create: async (runId, data, params) =>
        checkResult(await call('events.create', { runId, data, ...pick(params, 'resolveData', 'occurredAt', 'requestId', 'sinceCursor', 'skipPreload') })),
      get: async (runId, eventId, params) => check(EventSchema, await call('events.get', { runId, eventId, ...params })),
      list: async (params) => check(PaginatedResponseSchema(EventSchema), await call('events.list', params)),
      listByCorrelationId: async (params) =>
        check(PaginatedResponseSchema(EventSchema), await call('events.listByCorrelationId', params)),
    },
    runs: {
      get: async (runId, params) => check(WorkflowRunSchema, await call('runs.get', { runId, ...params })),
      list: async (params) => check(PaginatedResponseSchema(WorkflowRunSchema), await call('runs.list', params ?? {})),
    },
    steps: {
      get: async (runId, stepId, params) => check(StepSchema, await call('steps.get', { runId, stepId, ...params })),
      list: async (params) => check(PaginatedResponseSchema(StepSchema), await call('steps.list', params)),
    },
    hooks: {
      get: async (hookId, params) => foundHook(hookId, await call('hooks.get', { hookId, ...params })),
      getByToken: async (token) => foundHook(token, await call('hooks.getByToken', { token })),
      list: async (params) => check(PaginatedResponseSchema(HookSchema), await call('hooks.list', params)),
    },
    streams: {
      write: async (runId, name, chunk) => call('streams.write', { runId: await runId, name, chunk }),
      writeMulti: async (runId, name, chunks) => call('streams.writeMulti', { runId: await runId, name, chunks: chunks.map(toBytes) }),
      close: async (runId, name) => call('streams.close', { runId: await runId, name }),
      list: (runId) => call('streams.list', { runId }),
      getInfo: (runId, name) => call('streams.getInfo', { runId, name }),
      getChunks: (runId, name, options) => call('streams.getChunks', { runId, name, pagination: options }),
      get: async (runId, name, startIndex) => {
        const reader = await call('streams.get', { runId, name, startIndex });
        return new ReadableStream({
          async pull(controller) {
            const chunk = await call('streams.next', { reader });
            chunk ? controller.enqueue(chunk) : controller.close();
          },
          cancel: () => call('streams.cancel', { reader }),
        });
      },
    },
  };
}

/** Answers the POSTs of the queue: the message and its facts go to the handler, its wish for another delivery comes back. */
function createQueueHandler(prefix, handler) {
  return async (request) => {
    const queueName = request.headers.get('x-vqs-queue-name');
    if (!queueName?.startsWith(prefix)) {
      return Response.json({ error: `Messages of '${queueName}' are not handled here.` }, { status: 400 });
    }

    const message = JSON.parse(await request.text(), untag);
    const messageId = request.headers.get('x-vqs-message-id');
    const attempt = Number(request.headers.get('x-vqs-message-attempt'));
    try {
      const result = await handler(message, { queueName, messageId, attempt });
      return Response.json(typeof result?.timeoutSeconds === 'number' ? { timeoutSeconds: result.timeoutSeconds } : { ok: true });
    } catch (error) {
      return Response.json({ error: String(error) }, { status: 500 });
    }
  };
}

/** Starts the child with the first call, when the service listens and its port is known. */
function connect() {
  const waiting = new Map();
  let child;
  let last = 0;
  const call = (name, args) => new Promise((resolve, reject) => {
    child ??= startChild(waiting, () => { child = undefined; });
    const id = ++last;
    waiting.set(id, { resolve, reject: (error) => reject(toError(error, args)) });
    child.stdin.write(`${JSON.stringify({ id, call: name, args }, tagBytes)}\n`);
  });
  const disconnect = () => new Promise((resolve) => child.on('close', resolve).stdin.end());
  return { call, disconnect };
}

function startChild(waiting, onGone) {
  const [program, ...args] = JSON.parse(process.env.TURSOWORLD_SERVER);
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { id, result, error } = JSON.parse(line, untag);
    const call = waiting.get(id);
    waiting.delete(id);
    error ? call.reject(error) : call.resolve(result);
  });
  child.stdin.on('error', () => {}); // its end is told below
  child.on('close', (status, signal) => {
    onGone();
    const calls = [...waiting.values()];
    waiting.clear();
    calls.forEach((call) => call.reject({ status: 503, code: 'TRANSPORT', message: `The world ended (${signal ?? status}).` }));
  });
  return child;
}

function toError({ code, status, message, retryAfter, runSpecVersion, worldSpecVersion }, { runId, token }) {
  switch (code) {
    case 'RUN_NOT_FOUND': return new WorkflowRunNotFoundError(runId);
    case 'HOOK_NOT_FOUND': return new HookNotFoundError(token);
    case 'INVALID_ATTRIBUTES': return new AttributeValidationError(message);
  }

  switch (status) {
    case 409: return new EntityConflictError(message);
    case 410: return new RunExpiredError(message);
    case 422: return new RunNotSupportedError(runSpecVersion, worldSpecVersion);
    case 425: return new TooEarlyError(message, { retryAfter });
    default: return new WorkflowWorldError(message, { status, code, retryAfter });
  }
}

/** What the DevKit's own schemas do not accept is a bug of ours. */
function check(schema, value) {
  schema.parse(value);
  return value;
}

function checkResult(result) {
  const schemas = { event: EventSchema, run: WorkflowRunSchema, step: StepSchema, hook: HookSchema, wait: WaitSchema };
  for (const [name, schema] of Object.entries(schemas)) {
    if (result[name]) check(schema, result[name]);
  }

  result.events?.forEach((event) => check(EventSchema, event));
  return result;
}

function foundHook(name, hook) {
  if (!hook) throw new HookNotFoundError(name);
  return check(HookSchema, hook);
}

function pick(from, ...names) {
  return Object.fromEntries(names.map((name) => [name, from?.[name]]));
}

function toBytes(chunk) {
  return typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk;
}

function tagBytes(_key, value) {
  return value instanceof Uint8Array
    ? { __type: 'Uint8Array', data: Buffer.from(value).toString('base64') }
    : value?.type === 'Buffer' && Array.isArray(value.data) // Buffer.toJSON comes before this function
      ? { __type: 'Uint8Array', data: Buffer.from(value.data).toString('base64') }
      : value;
}

function untag(_key, value) {
  switch (value?.__type) {
    case 'Uint8Array': return new Uint8Array(Buffer.from(value.data, 'base64'));
    case 'Date': return new Date(value.data);
    default: return value;
  }
}
