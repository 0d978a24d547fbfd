using System.Globalization;
using System.Management.Automation;
using System.Text.RegularExpressions;

namespace EtlTools.Cmdlets.Runspaces;

/// <summary>Says that a user's script failed, for messages and logs: where, and with which exception, but not with what text, which may
/// contain values.</summary>
internal static partial class ScriptFailure
{
    /// <summary>The sentence.</summary>
    /// <param name="what">What failed.</param>
    /// <param name="cause">The exception.</param>
    /// <param name="error">Its error record, if there is one.</param>
    public static string Describe(string what, Exception cause, ErrorRecord? error)
    {
        int line = LineOf(error);
        string where = line > 0 ? FormattableString.Invariant($" at line {line}") : "";
        return $"{what} failed{where} ({cause.GetType().Name}).";
    }

    /// <summary>The line of an error; for Write-Error, the line of that command, which only the stack trace has.</summary>
    private static int LineOf(ErrorRecord? error) =>
        error?.Exception.GetType().Name == "WriteErrorException" && FirstLine().Match(error.ScriptStackTrace ?? "") is { Success: true } found
            ? int.Parse(found.ValueSpan[(found.ValueSpan.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture)
            : error?.InvocationInfo?.ScriptLineNumber ?? 0;

    [GeneratedRegex(": line [0-9]+", RegexOptions.CultureInvariant)]
    private static partial Regex FirstLine();
}
