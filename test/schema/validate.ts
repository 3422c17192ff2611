import { languageSchema, type Plugin } from "@dune/core";
import { Ajv, type ValidateFunction } from "ajv";
import { parse } from "smol-toml";

/** A validator of topologies; strict, so that a mistake in the schema throws. */
export function validator(plugins?: readonly Plugin[]): ValidateFunction {
  const ajv = new Ajv({
    strict: true,
    strictTypes: true,
    strictTuples: true,
    allowUnionTypes: true,
    // What is required where a table is used is not where its keys are declared.
    strictRequired: false,
    allErrors: true,
    // zod gives a pattern beside the name of a format.
    validateFormats: false,
  });
  return ajv.compile(languageSchema(plugins));
}

/** A topology file as an editor sees it: JSON has no dates, they are text there. */
export function asJson(toml: string): unknown {
  return JSON.parse(JSON.stringify(parse(toml)));
}

export interface Complaint {
  /** Of the value, or of the key that is missing or should not be there. */
  readonly path: readonly string[];
  readonly message: string;
}

/** What a validator says of a topology file. */
export function complaints(validate: ValidateFunction, toml: string): readonly Complaint[] {
  return complaintsOf(validate, asJson(toml));
}

export function complaintsOf(validate: ValidateFunction, topology: unknown): readonly Complaint[] {
  validate(topology);
  // Of a condition that fails, what is wrong inside is told, too.
  const errors = (validate.errors ?? []).filter(({ keyword }) => keyword !== "if");
  return errors.map(({ instancePath, message = "", params, propertyName }) => {
    const keys = instancePath
      .split("/")
      .slice(1)
      .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
    const key = params.additionalProperty ?? params.missingProperty ?? params.propertyName ?? propertyName;
    return { path: [...keys, ...(key === undefined ? [] : [key])], message };
  });
}
