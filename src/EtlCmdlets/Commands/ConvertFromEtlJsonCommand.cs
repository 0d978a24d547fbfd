using System.Management.Automation;
using EtlTools.Cmdlets.Pipeline;

namespace EtlTools.Cmdlets;

/// <summary>Makes records of JSON that is piped in as text: lines, or whole texts.</summary>
[Cmdlet(VerbsData.ConvertFrom, "EtlJson")]
[OutputType(typeof(EtlRecord))]
public sealed class ConvertFromEtlJsonCommand : EtlJsonCommand
{
    /// <summary>The text: lines, or any part of it that ends with a line.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [AllowNull]
    [AllowEmptyString]
    [AllowEmptyCollection]
    public string[]? InputObject { get; set; }

    /// <summary>Begins to read.</summary>
    private protected override void OnBegin() => BeginText();

    /// <summary>Takes a part of the text.</summary>
    private protected override void OnRecord() => PostText(InputObject);

    /// <summary>Ends the text.</summary>
    private protected override void OnEnd() => EndText();
}
