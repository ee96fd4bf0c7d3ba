import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { layerIndex, type LayerIndex } from '../../domain/ids.js';
import { programVersion } from '../../files/package.js';
import { ANSWERS } from '../../store/spool/layout.js';
import { placeFile } from '../../store/spool/staging.js';
import { identityOf } from '../identity.js';
import { promptSetsOf, type PromptSets, type Universes } from '../prompt-sets.js';

/** What has to be known of the reference checkpoint before any checkpoint is analysed. */
export interface ReferenceAnswers {
  /** null where each checkpoint draws its own (`correct`). */
  readonly sets: PromptSets | null;
  /** First layer from which a probe reads the answer; null unless asked for. */
  readonly probeLayer: LayerIndex | null;
}

/** What a model was asked, and which. */
export interface Question {
  readonly spool: string;
  readonly universes: Universes;
  /** Everything that decides the answers: hashes of model and tokenizer, settings. */
  readonly identity: Readonly<Record<string, unknown>>;
}

const indices = z.array(z.int().nonnegative());

const AnswersSchema = z.object({
  /** [operator] indices into its universe, and the hash of all; null where each checkpoint draws its own. */
  sets: z
    .object({ drawn: z.array(z.object({ discovery: indices, evaluation: indices })), hash: z.string() })
    .nullable(),
  probeLayer: z.int().nonnegative().nullable(),
});

/** Another version of the program may answer otherwise, and asks again. */
function place({ spool, universes, identity }: Question): string {
  const asked = universes.operators.map(({ universe: { operator, maxOperand, maxAnswer, count } }) => [
    ...[operator, maxOperand, maxAnswer, count],
  ]);
  return join(spool, ANSWERS, `${identityOf({ identity, asked, program: programVersion() })}.json`);
}

/** What the model answered when it was asked before, by whichever engine; null when it was not, or the file is damaged. */
export async function rememberedAnswers(question: Question): Promise<ReferenceAnswers | null> {
  try {
    const { sets, probeLayer } = AnswersSchema.parse(JSON.parse(await readFile(place(question), 'utf8')));
    const layer = probeLayer === null ? null : layerIndex(probeLayer);
    if (sets === null) return { sets: null, probeLayer: layer };
    const found = promptSetsOf(question.universes, sets.drawn);
    return found.hash === sets.hash ? { sets: found, probeLayer: layer } : null;
  } catch {
    return null;
  }
}

/** Keeps answers beside the results. A sweep does not fail by it: they can be asked for again. */
export async function rememberAnswers(
  question: Question,
  { sets, probeLayer }: ReferenceAnswers,
): Promise<void> {
  const drawn = sets?.operators.map(({ analysis }) => analysis) ?? [];
  const answers: z.infer<typeof AnswersSchema> = {
    sets:
      sets === null
        ? null
        : {
            drawn: drawn.map((one) => ({ discovery: [...one.discovery], evaluation: [...one.evaluation] })),
            hash: sets.hash,
          },
    probeLayer,
  };
  await placeFile(question.spool, place(question), `${JSON.stringify(answers)}\n`).catch(() => undefined);
}
