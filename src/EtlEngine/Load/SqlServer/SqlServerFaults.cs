using System.Globalization;
using System.Text.RegularExpressions;
using EtlTools.Engine.Records;
using Microsoft.Data.SqlClient;

namespace EtlTools.Engine.Load.SqlServer;

/// <summary>
/// Words why the server refused a row. Its text quotes values, so only names are taken from it: from English texts, which are known word
/// for word. In another language, it looks for the names of the table's constraints, which are known from the catalog.
/// </summary>
internal static partial class SqlServerFaults
{
    /// <summary>The fault of a row that alone takes longer than a statement may.</summary>
    public static RowFault Slow { get; } = new(
        ErrorCodes.RowRejected,
        "The row alone took longer than a statement may take (-CommandTimeoutSec), and did not wait for a lock: a trigger, function or index of the table is that slow for it.");

    public static RowFault Of(SqlError error, SqlServerTable table)
    {
        string code = SqlServerErrors.CodeOf(error.Number) ?? ErrorCodes.RowRejected;
        Match names = Names().Match(error.Message);
        SqlServerConstraint? constraint = ConstraintIn(error, names, table);
        string? name = constraint?.Name ?? (names.Groups["constraint"] is { Success: true } group ? group.Value : null);
        if (SqlServerErrors.IsReference(error.Number))
        {
            bool isCheck = constraint?.IsCheck ?? names.Groups["check"].Success;
            code = isCheck ? ErrorCodes.CheckViolation : ErrorCodes.ForeignKeyViolation;
        }
        string? column = names.Groups["column"] is { Success: true } named ? table.Find(named.Value)?.Name : null;
        return new RowFault(
            code, string.Create(CultureInfo.InvariantCulture, $"{Meaning(code, error.Number)}{(name is null ? "" : $" ({name})")} (SQL Server error {error.Number})."),
            column ?? constraint?.Column);
    }

    private static string Meaning(string code, int number) => code switch
    {
        ErrorCodes.NotNullViolation => "A column that does not allow null has no value",
        ErrorCodes.UniqueViolation => "Another row already has this value in a unique column",
        ErrorCodes.ForeignKeyViolation => "The row that a foreign key refers to does not exist, or another row refers to this one",
        ErrorCodes.CheckViolation => "A check constraint or rule refused the row",
        ErrorCodes.TargetTypeMismatch => "A value does not fit the type or the length of its column",
        _ when SqlServerErrors.IsRaised(number) => "A trigger of the table refused the row",
        _ when number is 3930 or 3931 or 3998 => "A trigger of the table caught an error of the row and continued in its doomed transaction",
        _ => "The server refused the row",
    };

    /// <summary>The constraint that the text names: the first one, because values come at the end of a text.</summary>
    private static SqlServerConstraint? ConstraintIn(SqlError error, Match names, SqlServerTable table)
    {
        if (!SqlServerErrors.IsReference(error.Number) && error.Number is not (2601 or 2627))
            return null;
        if (names.Groups["constraint"] is { Success: true } known)
            return table.Constraints.FirstOrDefault(constraint => constraint.Name == known.Value);
        return names.Success ? null : table.Constraints
            .Select(constraint => (Constraint: constraint, At: PlaceOf(constraint.Name, error.Message)))
            .Where(found => found.At >= 0).OrderBy(found => found.At).ThenByDescending(found => found.Constraint.Name.Length).FirstOrDefault().Constraint;
    }

    /// <summary>The position of a quoted name, with the quotes of any language.</summary>
    private static int PlaceOf(string name, string text)
    {
        for (int at = text.IndexOf(name, StringComparison.Ordinal); at >= 0; at = text.IndexOf(name, at + 1, StringComparison.Ordinal))
        {
            int end = at + name.Length;
            if (at > 0 && end < text.Length && IsQuote(text[at - 1]) && IsQuote(text[end]))
                return at;
        }
        return -1;
    }

    private static bool IsQuote(char c) => c is '\'' or '"' or '\u00ab' or '\u00bb' or (>= '\u2018' and <= '\u201f') or '\u300c' or '\u300d';

    // 2627, 2601, 547, 515 and 2628. The message about a foreign key names the other table's column.
    [GeneratedRegex(
        """
        ^(?:Violation\ of\ [A-Z ]+\ constraint\ '(?<constraint>[^'"]+)'\.
        |Cannot\ insert\ duplicate\ key\ row\ in\ object\ '[^'"]+'\ with\ unique\ index\ '(?<constraint>[^'"]+)'\.
        |The\ [A-Z]+\ statement\ conflicted\ with\ the\ (?<check>CHECK)\ constraint\ "(?<constraint>[^'"]+)"\.(?:\ .*,\ column\ '(?<column>[^'"]+)'\.)?
        |The\ [A-Z]+\ statement\ conflicted\ with\ the\ [A-Z ]+\ constraint\ "(?<constraint>[^'"]+)"\.
        |Cannot\ insert\ the\ value\ NULL\ into\ column\ '(?<column>[^'"]+)',
        |String\ or\ binary\ data\ would\ be\ truncated\ in\ table\ '[^'"]+',\ column\ '(?<column>[^'"]+)'\.)
        """,
        RegexOptions.CultureInvariant | RegexOptions.IgnorePatternWhitespace | RegexOptions.ExplicitCapture)]
    private static partial Regex Names();
}
