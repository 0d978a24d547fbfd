using System.Management.Automation;
using Xunit;

namespace EtlTools.Cmdlets.Tests;

/// <summary>Files of which the older ones lack columns.</summary>
public sealed class MissingColumnTests : IDisposable
{
    private readonly ModuleSession _session = new();

    public MissingColumnTests()
    {
        _session.Write("1.csv", "id,qty\n1,5\n");
        _session.Write("2.csv", "id,qty,unit,price\n2,6,kg,1.50\n");
    }

    public void Dispose() => _session.Dispose();

    [Theory]
    [InlineData("Import-EtlCsv ?.csv -Column id, price -Type @{ price = 'decimal' } -MissingColumnAction Null", "id=1 price=", "id=2 price=1.50")]
    [InlineData("Import-EtlCsv ?.csv | Invoke-EtlTransform -Type @{ price = 'decimal' } -Column id, price -MissingColumnAction Null", "id=1 price=", "id=2 price=1.50")]
    [InlineData("Import-EtlCsv ?.csv | Invoke-EtlTransform -Rename @{ unit = 'uom' } -ExcludeColumn price, qty -MissingColumnAction Null", "id=1 uom=", "id=2 uom=kg")]
    [InlineData("Import-EtlCsv ?.csv -InferType -Type @{ unit = 'string' } -Column id, unit -MissingColumnAction Null", "id=1 unit=", "id=2 unit=kg")]
    [InlineData("Import-EtlCsv 1.csv | Invoke-EtlTransform -Default @{ unit = 'pc' } -Type @{ unit = 'string' } -MissingColumnAction Null", "id=1 qty=5 unit=pc")]
    [InlineData("Import-EtlCsv ?.csv -Column id, price -Type @{ price = 'decimal' } -MissingColumnAction Skip", "id=1", "id=2 price=1.50")]
    [InlineData("Import-EtlCsv ?.csv -Rename @{ unit = 'uom' } -Type @{ unit = 'string' } -MissingColumnAction Skip", "id=1 qty=5", "id=2 qty=6 uom=kg price=1.50")]
    [InlineData("Import-EtlCsv ?.csv | Invoke-EtlTransform -Type @{ price = 'decimal' } -Column id, price -MissingColumnAction Skip", "id=1", "id=2 price=1.50")]
    public void AColumnThatOlderFilesLack_IsNullOrLeftOutThere(string script, params string[] expected)
    {
        Outcome outcome = _session.Try(script);
        Assert.Null(outcome.Terminating);
        Assert.Empty(outcome.Errors);
        Assert.Empty(outcome.Warnings);
        Assert.Equal(expected, outcome.Output.Select(record => string.Join(' ', record.Properties.Select(property => $"{property.Name}={property.Value}"))));
    }

    [Theory]
    [InlineData("Import-EtlCsv ?.csv -Type @{ prise = 'decimal' } -MissingColumnAction Skip", "prise")]
    [InlineData("Import-EtlCsv ?.csv -Type @{ prise = 'decimal' } -MissingColumnAction Null", "prise")]
    [InlineData("Import-EtlCsv 1.csv -Column id, prise -MissingColumnAction Null", "prise")]
    [InlineData("Import-EtlCsv ?.csv | Invoke-EtlTransform -Type @{ prise = 'decimal' } -MissingColumnAction Null", "prise")]
    public void Null_AColumnThatNoFileHas_IsTold(string script, string column)
    {
        Outcome outcome = _session.Try(script);
        Assert.Empty(outcome.Errors);
        Assert.Contains($"'{column}'", Assert.Single(outcome.Warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Import-EtlCsv 1.csv -Type @{ price = 'decimal' }")]
    [InlineData("Import-EtlCsv 1.csv -Rename @{ price = 'p' }")]
    [InlineData("Import-EtlCsv 1.csv | Invoke-EtlTransform -Type @{ price = 'decimal' }")]
    [InlineData("Import-EtlCsv 1.csv | Invoke-EtlTransform -Column price")]
    public void Error_AColumnThatIsMissing_NamesTheOption(string script)
    {
        ErrorRecord error = _session.Try(script).EndingError;
        Assert.StartsWith("UnknownColumn", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("-MissingColumnAction Skip", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Null_AFailedRowOfAnOlderFile_HasTheColumnsOfItsFile()
    {
        _session.Write("3.csv", "id,qty\n1\n");
        Outcome outcome = _session.Try("Import-EtlCsv 3.csv -Type @{ price = 'decimal' } -MissingColumnAction Null -DeadLetterPath dead.jsonl; Import-EtlDeadLetter dead.jsonl");
        Assert.Equal("id=1", string.Join(' ', Assert.Single(outcome.Output).Properties.Select(property => $"{property.Name}={property.Value}")));
    }
}
