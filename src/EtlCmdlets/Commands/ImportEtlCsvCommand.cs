using System.Collections;
using System.Management.Automation;
using System.Text;
using EtlTools.Cmdlets.Arguments;
using EtlTools.Cmdlets.Pipeline;
using EtlTools.Engine.Extract.Csv;
using EtlTools.Engine.Stages;

namespace EtlTools.Cmdlets;

/// <summary>Reads CSV files as a stream of records.</summary>
[Cmdlet(VerbsData.Import, "EtlCsv", DefaultParameterSetName = PathSet)]
[OutputType(typeof(EtlRecord))]
public sealed class ImportEtlCsvCommand : EtlFileSourceCommand
{
    /// <summary>What stands between fields. Default: comma.</summary>
    [Parameter]
    [Alias("Separator")]
    public char Delimiter { get; set; } = ',';

    /// <summary>The files' encoding, by name or code page. Default: what the byte order mark says, else UTF-8.</summary>
    [Parameter]
    [EncodingArgument]
    [ArgumentCompleter(typeof(EncodingCompleter))]
    public Encoding? Encoding { get; set; }

    /// <summary>The first row is data; the columns are named col_0, col_1 and so on.</summary>
    [Parameter]
    [Alias("NoHeaderRow")]
    public SwitchParameter NoHeader { get; set; }

    /// <summary>The columns' names; the first row is then data.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? Header { get; set; }

    /// <summary>The types of columns: @{ amount = 'decimal'; ordered_at = 'datetime' }. Other columns stay text.</summary>
    [Parameter]
    [ValidateNotNull]
    public IDictionary Type { get; set; } = new Hashtable();

    private protected override RecordStage Open(IReadOnlyList<string> files) => new CsvSource(
        "Import-EtlCsv",
        new CsvOptions
        {
            Delimiter = Delimiter,
            Encoding = Encoding,
            NoHeader = NoHeader,
            Header = Header,
            Types = ColumnArguments.Types(Type, nameof(Type)),
        },
        files,
        SizeOfStage,
        Context.Run.Time);
}
