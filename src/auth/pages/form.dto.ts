import { Transform, Type } from 'class-transformer';
import { IsArray, IsIn, IsInt, IsOptional, IsString, Matches, Max, MaxLength, Min } from 'class-validator';

/** PostgreSQL holds no text with one. */
const NO_NUL = /^[^\0]*$/;

/** A line of a form, as it was typed. */
function Line(longest = 254): PropertyDecorator {
  return (target, property) => {
    IsString()(target, property);
    MaxLength(longest)(target, property);
    Matches(NO_NUL, { message: `${String(property)} must be text` })(target, property);
  };
}

/** Longer than any that is taken: what is too long is told by the rules of passwords. */
const LONGEST_TYPED = 1_000;

export class NextQuery {
  @IsOptional()
  @Line(2_000)
  next?: string;
}

export class TokenQuery {
  @IsOptional()
  @Line()
  token?: string;
}

export class SetUpForm {
  @Line()
  token: string;
  @Line()
  email: string;
  @Line()
  name: string;
  @Line(LONGEST_TYPED)
  password: string;
}

export class SignInForm {
  @Line()
  email: string;
  @Line(LONGEST_TYPED)
  password: string;
  @IsOptional()
  @Line(2_000)
  next?: string;
}

export class CodeForm {
  @Line(40)
  code: string;
  @IsOptional()
  @Line(2_000)
  next?: string;
}

export class ChoosePasswordForm {
  @Line()
  token: string;
  @Line(LONGEST_TYPED)
  password: string;
  /** Shown again, and nothing else: whose password it is says the token. */
  @IsOptional()
  @Line()
  email?: string;
}

export class EmailForm {
  @Line()
  email: string;
}

export class ChangePasswordForm {
  @Line(LONGEST_TYPED)
  old: string;
  @Line(LONGEST_TYPED)
  password: string;
}

/** One box that is ticked comes as text, several as a list. */
const asList = ({ value }: { value: unknown }): unknown =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];

export class KeyForm {
  @Line()
  name: string;
  @Transform(asList, { toClassOnly: true })
  @IsArray()
  @IsString({ each: true })
  @Matches(NO_NUL, { each: true })
  scopes: string[] = [];
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(366)
  days: number;
  @IsOptional()
  @Line(2_000)
  networks?: string;
  @IsOptional()
  @IsIn(['yes'])
  redistribute?: 'yes';
}

export class InviteForm {
  @Line()
  email: string;
  @Line()
  name: string;
  @Line()
  role: string;
}

export class RoleForm {
  @Line()
  role: string;
}

export class NoForm {}
