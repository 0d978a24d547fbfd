using System.Text;
using System.Text.RegularExpressions;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>Compares rows with -HeaderPattern.</summary>
internal static class CsvHeaderPattern
{
    /// <summary>Whether a row is the header.</summary>
    /// <exception cref="EtlException">The pattern backtracks without end.</exception>
    public static bool IsMatch(string file, Regex pattern, ReadOnlySpan<byte> row)
    {
        try
        {
            return pattern.IsMatch(Encoding.UTF8.GetString(row));
        }
        catch (RegexMatchTimeoutException e)
        {
            throw new EtlException(
                FailureCodes.InvalidParameter,
                FailureKind.InvalidCall,
                FormattableString.Invariant($"{file}: -HeaderPattern took longer than {pattern.MatchTimeout.TotalSeconds} s for one row, and was stopped. It backtracks too much: avoid look-arounds, back-references, and nested repeats such as (a+)+."),
                e);
        }
    }
}
