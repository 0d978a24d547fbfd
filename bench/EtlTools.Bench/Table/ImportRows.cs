using Sylvan.Data.Csv;

namespace EtlTools.Bench;

/// <summary>
/// Import-EtlCsv | Out-Null against a compiled command that writes as many ready-made records, against Import-Csv, against Sylvan
/// alone reading the file into strings, and two workers against one.
/// </summary>
internal static class ImportRows
{
    private const long Rows = 1_000_000;
    private const string Types = "-Type @{ ordered_at = 'datetime'; amount = 'decimal'; quantity = 'int'; order_id = 'long' }";
    private const double Text = 0.90;
    private const double Typed = 0.80;
    private const double OfImportCsv = 4;
    private const double TwoWorkers = 0.95;

    public static IEnumerable<Row> Measure()
    {
        using var session = new Session();
        string file = Orders.File(Rows);
        session.Invoke($"$global:ready = @(Import-EtlCsv '{Orders.File(1_000)}')");
        Subject Import(string name, string parameters, string then = "") => new(name, () => session.Take($"Import-EtlCsv '{file}' {parameters} {then} | Out-Null"));
        var bare = new Subject("bare compiled pipeline", () => session.Take($"Write-BenchObject -InputObject $ready -Count {Rows} | Out-Null"));
        Subject text = Import("text, defaults", "");
        Subject typed = Import("typed, defaults", Types);
        Subject textOne = Import("text, one worker", "-ThrottleLimit 1");
        Subject textTwo = Import("text, two workers", "-ThrottleLimit 2");
        Subject typedOne = Import("typed, one worker", $"{Types} -ThrottleLimit 1");
        Subject typedTwo = Import("typed, two workers", $"{Types} -ThrottleLimit 2");
        Subject rules = Import("with three rules", "", "| Invoke-EtlTransform -Required order_id, email -MaxLength @{ email = 254 }");
        var importCsv = new Subject("Import-Csv", () => session.Take($"Import-Csv '{file}' | Out-Null"));
        var sylvan = new Subject("Sylvan alone into strings, no pipeline", () => Taken.OfThisProcess(() => ReadStrings(file)));
        Subject.MeasureInTurn(text, bare, typed, importCsv, textOne, textTwo, typedOne, typedTwo, sylvan, rules);
        yield return Row.Speed("Import-EtlCsv to Out-Null, 1,000,000 × 8, text", text, bare, Text);
        yield return Row.Speed("Import-EtlCsv to Out-Null, four typed columns", typed, bare, Typed);
        yield return Row.Speed("Import-EtlCsv to Out-Null, text", text, importCsv, OfImportCsv);
        yield return Row.Speed("Import-EtlCsv to Out-Null, text, two workers", textTwo, textOne, TwoWorkers);
        yield return Row.Speed("Import-EtlCsv to Out-Null, typed, two workers", typedTwo, typedOne, TwoWorkers);
        yield return Row.Speed("Import-EtlCsv to Out-Null, text", text, sylvan);
        yield return Row.Speed("Import-EtlCsv with three rules in Invoke-EtlTransform", rules, text);
    }

    private static void ReadStrings(string file)
    {
        using var reader = CsvDataReader.Create(file);
        long length = 0;
        while (reader.Read())
        {
            for (int field = 0; field < reader.FieldCount; field++)
                length += reader.GetString(field).Length;
        }
        if (length == 0)
            throw new InvalidOperationException("Sylvan read nothing.");
    }
}
