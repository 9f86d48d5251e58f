/** What starting and finishing an authorization takes and gives. */
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { ConnectedAccountType } from './connected-account.type.js';
import { OnBehalfOfInput } from './on-behalf-of.input.js';
import { ProblemInterface } from './problem.type.js';
import { DateTimeScalar, UrlScalar } from './scalars.js';

@InputType('ProviderParameterInput', { description: 'A value for one of the parameters of a provider.' })
export class ProviderParameterInput {
  @Field(() => String, { description: 'The name of the parameter.' })
  name!: string;

  @Field(() => String, { description: "Its value; must match the parameter's pattern." })
  value!: string;
}

@InputType('StartAuthorizationInput', { description: 'Where to connect an account, and where to go afterwards.' })
export class StartAuthorizationInput {
  @Field(() => ID, { description: 'The provider: the id of a Provider.' })
  provider!: string;

  @Field(() => [String], {
    nullable: true,
    description:
      "What to ask for (RFC 6749 §3.3), of the scopes that the operator allows; the provider's defaultScopes when left out.",
  })
  scopes?: string[] | null;

  @Field(() => UrlScalar, {
    nullable: true,
    description:
      "The app's own callback page, registered for this provider, which then calls completeAuthorization. Left out: /oauth/callback/:provider.",
  })
  redirectUri?: string | null;

  @Field(() => UrlScalar, {
    nullable: true,
    description: 'Where the browser goes after /oauth/callback/:provider; must be allow-listed, byte for byte.',
  })
  returnTo?: string | null;

  @Field(() => ID, { nullable: true, description: 'Connect this account again instead of making a new one.' })
  accountId?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Who will probably sign in, such as an e-mail address (OpenID Connect Core §3.1.2.1); at most 320 characters.',
  })
  loginHint?: string | null;

  @Field(() => [ProviderParameterInput], { nullable: true, description: "Values for the provider's parameters." })
  parameters?: ProviderParameterInput[] | null;

  @Field(() => OnBehalfOfInput, { nullable: true, description: 'Given by an admin to connect an account for a user.' })
  onBehalfOf?: OnBehalfOfInput | null;
}

@ObjectType('StartAuthorizationPayload', {
  description: 'An attempt to connect: send the browser to one of the two URLs.',
})
export class StartAuthorizationPayloadType {
  @Field(() => UrlScalar, {
    description: "The provider's page (RFC 6749 §4.1.1). Only for the browser of the user who asked.",
  })
  authorizationUrl!: string;

  @Field(() => UrlScalar, {
    description:
      "A plain link that opens once and leads to the same authorization, to be finished by its user with a handle. It needs a returnTo, or a redirectUri of the app's own: without either it ends at a page that says so, and nothing is connected.",
  })
  oneTimeUrl!: string;

  @Field(() => String, { description: "What the provider's answer must carry (RFC 6749 §10.12); once only." })
  state!: string;

  @Field(() => DateTimeScalar, { description: 'When the attempt is over if it was not finished.' })
  expiresAt!: number;
}

@InputType('AuthorizationPartsInput', {
  description:
    "The parts of the provider's answer (RFC 6749 §4.1.2, RFC 9207), for apps that took the callback URL apart.",
})
export class AuthorizationPartsInput {
  @Field(() => ID, { description: 'The provider that answered.' })
  provider!: string;

  @Field(() => String, { description: 'The state that came back.' })
  state!: string;

  @Field(() => String, { nullable: true, description: 'The code, where the user agreed.' })
  code?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Who answered, where the provider says so (RFC 9207); then it must be given.',
  })
  iss?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The error code, where the user or the provider refused (RFC 6749 §4.1.2.1).',
  })
  error?: string | null;

  @Field(() => String, { nullable: true, description: "The provider's words about the error. Neither kept nor shown." })
  errorDescription?: string | null;

  @Field(() => [ProviderParameterInput], {
    nullable: true,
    description:
      'The other parameters that came back, as the provider names them. Those are kept that its definition names, such as the id of a company; the rest is ignored.',
  })
  parameters?: ProviderParameterInput[] | null;
}

@InputType('AuthorizationAnswerInput', {
  description: 'How the provider answered: exactly one of these (@oneOf). White space around values is trimmed.',
})
export class AuthorizationAnswerInput {
  @Field(() => String, { nullable: true, description: 'The whole URL that the browser came back to.' })
  callbackUrl?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The handle that our callback page gave to returnTo (?latchkey_handle=); works once, for a short time.',
  })
  handle?: string | null;

  @Field(() => AuthorizationPartsInput, { nullable: true, description: 'The parts of that URL.' })
  parts?: AuthorizationPartsInput | null;
}

@InputType('CompleteAuthorizationInput', { description: "The provider's answer to an attempt to connect." })
export class CompleteAuthorizationInput {
  @Field(() => AuthorizationAnswerInput, { description: 'The answer, in one of three ways.' })
  answer!: AuthorizationAnswerInput;

  @Field(() => OnBehalfOfInput, {
    nullable: true,
    description: 'Given by the admin who started the attempt for a user.',
  })
  onBehalfOf?: OnBehalfOfInput | null;
}

@ObjectType('CompleteAuthorizationPayload', {
  description: 'The account that was connected, or the problem in its way.',
})
export class CompleteAuthorizationPayloadType {
  @Field(() => ConnectedAccountType, {
    nullable: true,
    description: 'The account, connected or connected again; null when there is a problem.',
  })
  account!: ConnectedAccountType | null;

  @Field(() => ProblemInterface, { nullable: true, description: 'Why nothing was connected; null when it was.' })
  problem!: ProblemInterface | null;
}
