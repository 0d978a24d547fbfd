using System.Text.RegularExpressions;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Transform.Rules;

/// <summary>-Pattern. A runaway match is cut off and breaks the rule.</summary>
internal sealed class PatternRule(Regex pattern) : ColumnRule(ErrorCodes.PatternMismatch)
{
    public override string? Check(string column, in Field field)
    {
        try
        {
            return pattern.IsMatch(field.Text) ? null : $"column '{column}' does not match -Pattern";
        }
        catch (RegexMatchTimeoutException)
        {
            return FormattableString.Invariant($"column '{column}' took longer than {pattern.MatchTimeout.TotalSeconds} s to match with -Pattern, and was stopped");
        }
    }
}

/// <summary>Creates the regular expressions of rules.</summary>
internal static class RulePattern
{
    /// <summary>How long one match may take.</summary>
    public static readonly TimeSpan MatchTimeout = TimeSpan.FromSeconds(1);

    /// <summary>Compiles a pattern, with the linear-time engine if the pattern allows it.</summary>
    /// <exception cref="ArgumentException">The pattern is not a regular expression; the message says where.</exception>
    public static Regex Compile(string pattern, RegexOptions options = RegexOptions.None)
    {
        options = (options & ~RegexOptions.Compiled) | RegexOptions.CultureInvariant;
        try
        {
            return new Regex(pattern, options | RegexOptions.NonBacktracking, MatchTimeout);
        }
        catch (Exception e) when (e is NotSupportedException or ArgumentOutOfRangeException)
        {
            // Back-references, look-arounds and similar constructs need backtracking.
            return new Regex(pattern, options | RegexOptions.Compiled, MatchTimeout);
        }
    }
}
