using System.Reflection;
using System.Text.RegularExpressions;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Tests;

public sealed partial class ErrorPageTests
{
    [Theory]
    [InlineData(typeof(ErrorCodes), "## Codes of failed records")]
    [InlineData(typeof(FailureCodes), "## Codes of runs")]
    public void Page_Table_HasEveryCodeOnceAndNoOther(Type codes, string heading)
    {
        string page = File.ReadAllText(Path.Combine(RepositoryRoot(), "docs", "errors.md"));
        string section = page[page.IndexOf(heading, StringComparison.Ordinal)..].Split("\n## ")[0];

        string[] told = [.. Row().Matches(section).Select(row => row.Groups[1].Value)];

        string[] known = [.. codes.GetFields(BindingFlags.Public | BindingFlags.Static).Where(field => field.IsLiteral).Select(field => (string)field.GetRawConstantValue()!)];
        Assert.Equal(known.Order(StringComparer.Ordinal), told);
    }

    private static string RepositoryRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "EtlTools.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("The tests do not run inside the repository.");
    }

    [GeneratedRegex(@"^\| `(\w+)` \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
