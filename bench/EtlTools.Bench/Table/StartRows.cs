using System.Globalization;
using EtlTools.Testing;

namespace EtlTools.Bench;

/// <summary>What a user waits for in a new pwsh: the module's import, and then the first record.</summary>
internal static class StartRows
{
    private const double ImportSeconds = 0.150;
    private const double FirstRecordSeconds = 0.100;

    public static IEnumerable<Row> Measure()
    {
        string script = $$"""
            # PowerShell's own first use of a command is not the module's.
            $null = 1 | Select-Object -First 1
            $self = [Diagnostics.Process]::GetCurrentProcess()
            function Read-Clock { $self.Refresh(); [Diagnostics.Stopwatch]::GetTimestamp() / [Diagnostics.Stopwatch]::Frequency; $self.TotalProcessorTime.TotalSeconds }
            $begin = Read-Clock
            Import-Module '{{Session.ModulePath()}}'
            $imported = Read-Clock
            $null = Import-EtlCsv '{{Orders.File(1_000)}}' | Select-Object -First 1
            $read = Read-Clock
            [string]::Format([cultureinfo]::InvariantCulture, '{0:R} {1:R} {2:R} {3:R}', ($imported[0] - $begin[0]), ($imported[1] - $begin[1]), ($read[0] - $imported[0]), ($read[1] - $imported[1]))
            """;
        double[] taken = [];
        // One process tells both; its files come from the disk in the round that is not counted.
        var import = new Subject("Import-Module", () =>
        {
            taken = [.. Programs.Output(PwshProgram.Path, ["-NoProfile", "-NonInteractive", "-Command", script]).Split(' ').Select(text => double.Parse(text, CultureInfo.InvariantCulture))];
            return new Taken(taken[0], taken[1]);
        });
        var first = new Subject("the first record", () => new Taken(taken[2], taken[3]));
        Subject.MeasureInTurn(import, first);
        yield return Row.Wait("Import-Module in a new pwsh", import, ImportSeconds);
        yield return Row.Wait("The first record of a file after that", first, FirstRecordSeconds);
    }
}
