// Runs the public test suite of the Workflow DevKit against world.mjs.

import { createTestSuite } from '@workflow/world-testing';
import { inlineBatchesDebug } from '@workflow/world-testing/dist/src/inline-batches-debug.mjs';

// The suite uses it in one place; Node has it since version 22.
Promise.withResolvers ??= function () {
  const deferred = {};
  deferred.promise = new this((resolve, reject) => Object.assign(deferred, { resolve, reject }));
  return deferred;
};

createTestSuite(process.env.TURSOWORLD_ADAPTER);
inlineBatchesDebug(process.env.TURSOWORLD_ADAPTER); // published with the suite, and not called by it
