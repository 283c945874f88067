package api

import (
	"context"
	"encoding/json"
	"fmt"

	"tenon/internal/driver/store"
	"tenon/internal/glue"
	"tenon/internal/wire"
)

// createSecurityConfiguration is CreateSecurityConfiguration. The definition is kept; a job that names one is refused at
// StartJobRun until what it asks for is done.
func (a *API) createSecurityConfiguration(ctx context.Context, c Call, in *wire.CreateSecurityConfigurationRequest) (*wire.CreateSecurityConfigurationResponse, error) {
	doc, err := json.Marshal(wire.SecurityConfiguration{Name: in.Name, EncryptionConfiguration: in.EncryptionConfiguration})
	if err != nil {
		return nil, fmt.Errorf("api: %w", err)
	}
	d, err := a.create(ctx, c, glue.KindSecurity, *in.Name, doc, nil)
	return &wire.CreateSecurityConfigurationResponse{Name: in.Name, CreatedTimestamp: wire.At(d.Created)}, err
}

// securityShape is a security configuration as it is shown.
func securityShape(d store.Definition) (*wire.SecurityConfiguration, error) {
	s, err := decode[wire.SecurityConfiguration](d)
	if err != nil {
		return nil, err
	}
	s.CreatedTimeStamp = wire.At(d.Created)
	return s, nil
}

// getSecurityConfiguration is GetSecurityConfiguration.
func (a *API) getSecurityConfiguration(ctx context.Context, c Call, in *wire.GetSecurityConfigurationRequest) (*wire.GetSecurityConfigurationResponse, error) {
	d, err := a.get(ctx, c, glue.KindSecurity, *in.Name)
	if err != nil {
		return nil, err
	}
	s, err := securityShape(d)
	return &wire.GetSecurityConfigurationResponse{SecurityConfiguration: s}, err
}

// getSecurityConfigurations is GetSecurityConfigurations.
func (a *API) getSecurityConfigurations(ctx context.Context, c Call, in *wire.GetSecurityConfigurationsRequest) (*wire.GetSecurityConfigurationsResponse, error) {
	page, next, err := a.list(ctx, c, "GetSecurityConfigurations", glue.KindSecurity, in.NextToken, in.MaxResults, nil)
	if err != nil {
		return nil, err
	}
	out := &wire.GetSecurityConfigurationsResponse{SecurityConfigurations: []wire.SecurityConfiguration{}, NextToken: next}
	for _, d := range page {
		s, err := securityShape(d)
		if err != nil {
			return nil, err
		}
		out.SecurityConfigurations = append(out.SecurityConfigurations, *s)
	}
	return out, nil
}

// deleteSecurityConfiguration is DeleteSecurityConfiguration, which is not idempotent in Glue.
func (a *API) deleteSecurityConfiguration(ctx context.Context, c Call, in *wire.DeleteSecurityConfigurationRequest) (*wire.DeleteSecurityConfigurationResponse, error) {
	gone, err := a.remove(ctx, c, glue.KindSecurity, *in.Name)
	if err == nil && gone == nil {
		err = glue.NotFound(kindNames[glue.KindSecurity], *in.Name)
	}
	return &wire.DeleteSecurityConfigurationResponse{}, err
}
