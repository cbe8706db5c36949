// Requests of the .NET, Java and Go SDKs, through the gateway and straight.

import { kAllowed } from './allowed.mjs';
import { compareAll } from './compare.mjs';
import { ReplayedSdk } from './replayed_sdks.mjs';

// They are tested with the SDKs that run.
const mayBeUnused = kAllowed.map(({ name }) => name);

for (const name of ['dotnet', 'java', 'go']) compareAll(new ReplayedSdk(name), { mayBeUnused });
